"""a and b are drawn apart, so that the rounds fall apart."""
# cell: bootstrap
# says: rounds stay together
# replace:
np.median(a[rows], axis=1) / np.median(b[rows], axis=1)
# by:
np.median(a[rows], axis=1) / np.median(b[generator.integers(len(b), size=rows.shape)], axis=1)
