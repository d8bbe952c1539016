"""Each number lands one place too far."""
# cell: packing
# says: from_gaps
# replace:
    flat[np.cumsum(gaps.astype(np.int64) + 1) - 1] = values
# by:
    flat[np.cumsum(gaps.astype(np.int64) + 1)] = values
