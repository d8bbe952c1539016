"""The exponent has lost its sign: the hands turn faster and faster."""
# cell: sinusoids
# says: sinusoids\(5, 4\)
# replace:
(-np.arange(0, d, 2) / d)
# by:
(np.arange(0, d, 2) / d)
