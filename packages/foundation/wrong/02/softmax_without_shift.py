"""Softmax without the shift."""
# cell: softmax
# says: 1000, 1000.*overflow encountered in exp
# replace:
        return a  # an empty array has no largest element
# by:
        return a
# replace:
@kernel("softmax", floats=True)
# by:
@kernel("softmax")
# replace:
    e = np.exp(shifted(a, dim))
    e /= np.add.reduce(e, axis=dim, keepdims=True)
    return e
# by:
    e = np.exp(a)
    return e / np.add.reduce(e, axis=dim, keepdims=True)
