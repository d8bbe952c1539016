"""Forgets keepdim."""
# cell: mean
# says: keepdim
# replace:
    sums = a.sum(axis=dim, keepdims=keepdim)
# by:
    sums = a.sum(axis=dim)
