"""The bytes of the table are returned as numbers."""
# cell: tables-and-filters
# says: embedding_int8
# replace:
    return dequantize(weight.take(ids, axis=0), scale[ids][..., None] if scale.ndim else scale, 0)
# by:
    return weight.take(ids, axis=0).astype(np.float32)
