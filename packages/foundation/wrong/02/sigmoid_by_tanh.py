"""The sigmoid as a stretched tanh: small probabilities become 0 by cancellation."""
# cell: sigmoid
# says: log\(\), x = \[-20, -60\]: a small probability is not 0.*inf
# replace:
@kernel("sigmoid", floats=True)
# by:
@kernel("sigmoid")
# replace:
    return np.exp(np.minimum(a, 0)) / (1 + np.exp(-np.abs(a)))
# by:
    return 0.5 * (1 + np.tanh(a / 2))
