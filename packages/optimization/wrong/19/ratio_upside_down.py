"""b over a."""
# cell: bootstrap
# says: ratio_of_medians\(\[1, 2, 90\]
# replace:
float(np.median(a) / np.median(b))
# by:
float(np.median(b) / np.median(a))
