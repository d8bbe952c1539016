"""The interval goes from the least to the largest resample, whatever the confidence."""
# cell: bootstrap
# says: in such a share
# replace:
np.quantile(ratios, [tail, 1 - tail])
# by:
np.quantile(ratios, [0, 1])
