"""Forgets keepdim."""
# cell: mean
# says: keepdim
# replace:
    sums = total(a, dim, keepdim)
# by:
    sums = total(a, dim)
