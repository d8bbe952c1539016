"""Hand j turns by 10000^(-j / d): the 2 is forgotten."""
# cell: sinusoids
# says: sinusoids\(5, 4\)
# replace:
(-np.arange(0, d, 2) / d)
# by:
(-np.arange((d + 1) // 2) / d)
