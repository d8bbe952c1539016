"""The medians run over the resamples, not over the rounds of each."""
# cell: bootstrap
# says: lies within|in such a share
# replace:
np.median(a[rows], axis=1) / np.median(b[rows], axis=1)
# by:
np.median(a[rows], axis=0) / np.median(b[rows], axis=0)
