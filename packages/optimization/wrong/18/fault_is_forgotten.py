"""A shape counts as checked before it is known to be right."""
# cell: check
# says: a fault is not forgotten
# replace:
        before = [np.copy(a) for a in arrays]
# by:
        met.add(shapes)
        before = [np.copy(a) for a in arrays]
