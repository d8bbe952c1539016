"""A scale is used for a column, not for a row."""
# cell: tables-and-filters
# says: embedding_int8
# replace:
    return dequantize(weight.take(ids, axis=0), scale[ids][..., None] if scale.ndim else scale, 0)
# by:
    return dequantize(weight.take(ids, axis=0), scale[ids] if scale.ndim else scale, 0)
