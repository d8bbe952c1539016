"""The whole table becomes floats to look up a few rows."""
# cell: tables-and-filters
# says: a few rows of a large table
# replace:
    return dequantize(weight.take(ids, axis=0), scale[ids][..., None] if scale.ndim else scale, 0)
# by:
    return dequantize(weight, along_rows(scale, 2), 0).take(ids, axis=0)
