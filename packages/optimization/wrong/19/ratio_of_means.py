"""Means instead of medians: one interrupted process moves them at will."""
# cell: bootstrap
# says: ratio_of_medians\(\[1, 2, 90\]
# replace:
float(np.median(a) / np.median(b))
# by:
float(np.mean(a) / np.mean(b))
