"""A unit is measured by the sum of its weights, in which signs cancel."""
# cell: units
# says: rows with lengths 1.73
# replace:
    lengths = np.sqrt((rows**2).sum(axis=1))
# by:
    lengths = rows.sum(axis=1)
