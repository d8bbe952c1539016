"""Places are written in the place of gaps."""
# cell: packing
# says: numbers at 0, 3, 11: the gaps
# replace:
    gaps = np.diff(places, prepend=-1) - 1
# by:
    gaps = places
