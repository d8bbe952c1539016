"""The interval is of the ratio of means."""
# cell: bootstrap
# says: the ratio lies within|interval|verdicts on identical code
# replace:
np.median(a[rows], axis=1) / np.median(b[rows], axis=1)
# by:
a[rows].mean(axis=1) / b[rows].mean(axis=1)
