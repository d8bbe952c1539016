"""Sums over missing dimensions, but not over sizes of 1 that were repeated."""
# cell: sum-to-shape
# says: sum_to_shape
# says: sum over dim 1 is missing
# replace:
    repeated = tuple(i for i, size in enumerate(shape) if size == 1 and sums.shape[i] != 1)
    return total(sums, repeated, keepdim=True)
# by:
    return sums
