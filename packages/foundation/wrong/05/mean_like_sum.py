"""Gives the mean the gradient of a sum."""
# cell: reduction-gradients
# says: mean
# says: times too large
# replace:
    return (lambda g: spread(g / count, dim, keepdim, shape),)
# by:
    return (lambda g: spread(g, dim, keepdim, shape),)
