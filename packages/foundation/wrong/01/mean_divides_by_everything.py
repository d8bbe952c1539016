"""Divides by the count of all numbers, whatever the dimension."""
# cell: mean
# says: mean
# says: too small
# replace:
    count = a.size if dim is None else math.prod(a.shape[d] for d in np.atleast_1d(dim))
# by:
    count = a.size
