"""tanh as its definition says, inf / inf at both ends."""
# cell: tanh
# says: 100, 1000.*overflow encountered in exp
# replace:
@kernel("tanh", floats=True)
# by:
@kernel("tanh")
# replace:
    return np.tanh(a)
# by:
    return (np.exp(a) - np.exp(-a)) / (np.exp(a) + np.exp(-a))
