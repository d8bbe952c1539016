"""One sum for the whole array instead of one for each row."""
# cell: softmax
# says: Softmax\(dim=0\)\(x\)
# replace:
        return a  # an empty array has no largest element
# by:
        return a
# replace:
@kernel("softmax", floats=True)
# by:
@kernel("softmax")
# replace:
    e /= np.add.reduce(e, axis=dim, keepdims=True)
    return e
# by:
    return e / np.sum(e)
