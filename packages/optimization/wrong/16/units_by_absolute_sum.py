"""Absolute values are added up, not squares."""
# cell: units
# says: rows with lengths 1.73
# replace:
    lengths = np.sqrt((rows**2).sum(axis=1))
# by:
    lengths = abs(rows).sum(axis=1)
