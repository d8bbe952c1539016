"""Numbers the parameters of each group from 0."""
# cell: state
# says: over all groups
# replace:
            number.setdefault(p, len(number))
# by:
            number.setdefault(p, group["params"].index(p))
