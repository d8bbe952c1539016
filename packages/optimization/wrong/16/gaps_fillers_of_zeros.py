"""A filler's gap is 0."""
# cell: packing
# says: long gaps
# replace:
np.full(entries.sum(), 255, np.uint8), np.zeros(entries.sum(), flat.dtype)
# by:
np.zeros(entries.sum(), np.uint8), np.zeros(entries.sum(), flat.dtype)
