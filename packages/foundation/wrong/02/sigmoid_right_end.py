"""The other form of the sigmoid, inf / inf on the right."""
# cell: sigmoid
# says: 1000, inf.*overflow encountered in exp
# replace:
@kernel("sigmoid", floats=True)
# by:
@kernel("sigmoid")
# replace:
    return np.exp(np.minimum(a, 0)) / (1 + np.exp(-np.abs(a)))
# by:
    return np.exp(a) / (1 + np.exp(a))
