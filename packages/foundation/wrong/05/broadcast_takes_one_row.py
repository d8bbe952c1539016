"""Takes the first row of the gradient instead of the sum over rows."""
# cell: sum-to-shape
# says: sum_to_shape
# replace:
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
# by:
    while g.ndim > len(shape):
        g = g[0]
