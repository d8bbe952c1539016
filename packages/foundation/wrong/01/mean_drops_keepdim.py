"""Forgets keepdim."""
# cell: mean
# says: keepdim
# replace:
    return np.sum(a, axis=dim, keepdims=keepdim) / count
# by:
    return np.sum(a, axis=dim) / count
