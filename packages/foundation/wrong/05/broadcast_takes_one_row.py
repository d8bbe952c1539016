"""Takes the first row of the gradient instead of the sum over rows."""
# cell: sum-to-shape
# says: sum_to_shape
# replace:
    sums = total(g, tuple(range(g.ndim - len(shape))))
# by:
    sums = g
    while sums.ndim > len(shape):
        sums = sums[0]
