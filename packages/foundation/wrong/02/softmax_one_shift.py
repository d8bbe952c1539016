"""The largest number of the whole array is taken off: other rows become 0 / 0."""
# cell: softmax
# says: invalid value encountered in divide
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
    e = np.exp(a - np.max(a))
    return e / np.add.reduce(e, axis=dim, keepdims=True)
