"""The interval of the rounds' own ratios: how they spread, not how well their middle is known."""
# cell: bootstrap
# says: in such a share
# replace:
np.median(a[rows], axis=1) / np.median(b[rows], axis=1)
# by:
(a[rows] / b[rows]).ravel()
