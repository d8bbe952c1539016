"""log(1 + e) for a tiny e is log(1) = 0."""
# cell: bce
# says: times 1e9.*got +\[0
# replace:
    return np.maximum(a, 0) + np.log1p(np.exp(-np.abs(a)))
# by:
    return np.maximum(a, 0) + np.log(1 + np.exp(-np.abs(a)))
