"""The new places may see each other, also those that come later."""
# cell: places
# says: mask_after\(0, 3\)
# replace:
    back = np.tri(n, length + n, length, dtype=bool)
# by:
    back = np.ones((n, length + n), bool)
