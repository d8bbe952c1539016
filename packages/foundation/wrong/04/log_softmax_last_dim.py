"""Always the last dim, whatever `dim` says."""
# cell: log-softmax
# says: log_softmax\(x, dim=0\)
# replace:
    a = shifted(a, dim)
    return a - np.log(np.add.reduce(np.exp(a), axis=dim, keepdims=True))
# by:
    a = shifted(a, -1)
    return a - np.log(np.add.reduce(np.exp(a), axis=-1, keepdims=True))
