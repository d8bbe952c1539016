"""The sign of the exponent is forgotten: the probability of a no."""
# cell: sigmoid
# says: the values are 1 minus what is wanted
# replace:
@kernel("sigmoid", floats=True)
# by:
@kernel("sigmoid")
# replace:
    return np.exp(np.minimum(a, 0)) / (1 + np.exp(-np.abs(a)))
# by:
    return np.exp(np.minimum(-a, 0)) / (1 + np.exp(-np.abs(a)))
