"""Aligns the two shapes on the left."""
# cell: broadcast-shape
# says: do not fit
# replace:
    a, b = (1,) * (length - len(a)) + tuple(a), (1,) * (length - len(b)) + tuple(b)
# by:
    a, b = tuple(a) + (1,) * (length - len(a)), tuple(b) + (1,) * (length - len(b))
