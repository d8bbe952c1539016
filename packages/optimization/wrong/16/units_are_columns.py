"""Lengths of columns, which are inputs."""
# cell: units
# says: strongest of rows.*shape
# replace:
    lengths = np.sqrt((rows**2).sum(axis=1))
# by:
    lengths = np.sqrt((rows**2).sum(axis=0))
