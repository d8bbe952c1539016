"""Divides by the count of all numbers, whatever the dimension."""
# cell: mean
# says: mean
# says: too small
# replace:
    return sums / (a.size if dim is None else math.prod(a.shape[d] for d in np.atleast_1d(dim)))
# by:
    return sums / a.size
