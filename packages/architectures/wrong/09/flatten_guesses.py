"""The size in the middle is left to -1, which nothing can be divided by."""
# cell: flatten
# says: no pictures
# replace:
math.prod(x.shape[start : end + 1]), *x
# by:
-1, *x
