"""The sigmoid of the textbook, whose exponential overflows on the left."""
# cell: sigmoid
# says: -1000, .*overflow encountered in exp
# replace:
@kernel("sigmoid", floats=True)
# by:
@kernel("sigmoid")
# replace:
    return np.exp(np.minimum(a, 0)) / (1 + np.exp(-np.abs(a)))
# by:
    return 1 / (1 + np.exp(-a))
