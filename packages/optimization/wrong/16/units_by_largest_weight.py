"""A unit is measured by its largest weight alone."""
# cell: units
# says: the same with amount 0\.25
# replace:
    lengths = np.sqrt((rows**2).sum(axis=1))
# by:
    lengths = abs(rows).max(axis=1)
