"""255 + 1 is 0 in a byte."""
# cell: packing
# says: long gaps
# replace:
    flat[np.cumsum(gaps.astype(np.int64) + 1) - 1] = values
# by:
    flat[np.cumsum(gaps + 1) - 1] = values
