"""The triangle starts at the left corner, as if nothing had been there before."""
# cell: places
# says: mask_after\(2, 3\)
# replace:
    back = np.tri(n, length + n, length, dtype=bool)
# by:
    back = np.tri(n, length + n, dtype=bool)
