"""The long array is cut at the layers' lengths, not at where they end."""
# cell: magnitude
# says: cannot reshape array of size 9
# replace:
    parts = np.split(keep, np.cumsum([s.size for s in sizes.values()])[:-1])
# by:
    parts = np.split(keep, [s.size for s in sizes.values()][:-1])
