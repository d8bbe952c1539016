"""The number is put in front of its fillers."""
# cell: packing
# says: long gaps
# replace:
    ends = np.cumsum(entries) - 1
# by:
    ends = np.cumsum(entries) - entries
