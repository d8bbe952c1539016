"""Gives the mean the gradient of a sum."""
# cell: reductions
# says: mean
# says: times too large
# replace:
expand(g / count, dim, keepdim, shape)
# by:
expand(g, dim, keepdim, shape)
