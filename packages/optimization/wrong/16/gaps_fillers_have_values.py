"""A filler repeats the number that comes after it."""
# cell: packing
# says: long gaps
# replace:
np.full(entries.sum(), 255, np.uint8), np.zeros(entries.sum(), flat.dtype)
# by:
np.full(entries.sum(), 255, np.uint8), np.repeat(flat[places], entries)
