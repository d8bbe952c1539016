"""Divides by the count of all numbers, whatever the dimension."""
# cell: mean
# says: mean
# says: too small
# replace:
    count = math.prod(a.shape[d] for d in dims)
# by:
    count = a.size
