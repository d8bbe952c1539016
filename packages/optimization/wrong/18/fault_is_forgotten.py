"""A shape counts as checked before it is known to be right."""
# cell: check
# says: a fault is not forgotten
# replace:
        copies = [copy.copy(a) for a in arrays]
# by:
        met.add(case)
        copies = [copy.copy(a) for a in arrays]
