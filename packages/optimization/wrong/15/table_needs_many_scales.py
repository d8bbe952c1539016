"""One scale for the whole table is not thought of."""
# cell: tables-and-filters
# says: one scale, 0\.5|IndexError
# replace:
    return dequantize(weight.take(ids, axis=0), scale[ids][..., None] if scale.ndim else scale, 0)
# by:
    return dequantize(weight.take(ids, axis=0), scale[ids][..., None], 0)
