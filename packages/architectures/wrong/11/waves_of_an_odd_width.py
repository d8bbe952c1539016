"""The width is taken to be even."""
# cell: sinusoids
# says: could not broadcast|ValueError
# replace:
np.cos(angles[:, : d // 2])
# by:
np.cos(angles)
