"""The new places are counted from 0 in each turn."""
# cell: places
# says: positions_after\(5, 1\)
# replace:
    columns = np.arange(length, length + n)
# by:
    columns = np.arange(n)
