"""The shift is added back to the log before the subtraction: digits are rounded away."""
# cell: log-softmax
# says: log_softmax\(\[1000000, 1000001\]\): as for \[0, 1\]
# replace:
    a = shifted(a, dim)
    return a - np.log(np.add.reduce(np.exp(a), axis=dim, keepdims=True))
# by:
    top = np.max(a, axis=dim, keepdims=True)
    return a - (top + np.log(np.sum(np.exp(a - top), axis=dim, keepdims=True)))
