"""The scales of the first rows are used, whatever the ids."""
# cell: tables-and-filters
# says: embedding_int8
# replace:
    return dequantize(weight.take(ids, axis=0), scale[ids][..., None] if scale.ndim else scale, 0)
# by:
    return dequantize(weight.take(ids, axis=0), scale[: ids.shape[-1], None] if scale.ndim else scale, 0)
