"""The sum of g n in the place of its mean."""
# cell: layer-norm-gradients
# says: doubling x changes nothing
# replace:
    along = np.vecdot(g, normalized) / d
# by:
    along = np.vecdot(g, normalized)
