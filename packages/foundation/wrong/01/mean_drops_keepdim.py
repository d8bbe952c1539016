"""Forgets keepdim."""
# cell: mean
# says: keepdim
# replace:
    return a.sum(axis=dim, keepdims=keepdim) / count
# by:
    return a.sum(axis=dim) / count
