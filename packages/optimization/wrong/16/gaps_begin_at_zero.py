"""The first gap is counted from place 0."""
# cell: packing
# says: numbers at 0, 3, 11: the gaps
# replace:
    gaps = np.diff(places, prepend=-1) - 1
# by:
    gaps = np.diff(places, prepend=0) - 1
