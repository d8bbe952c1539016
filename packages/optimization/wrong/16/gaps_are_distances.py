"""The distance to the number before is written, which is one more than the zeros."""
# cell: packing
# says: numbers at 0, 3, 11: the gaps
# replace:
    gaps = np.diff(places, prepend=-1) - 1
# by:
    gaps = np.diff(places, prepend=-1)
