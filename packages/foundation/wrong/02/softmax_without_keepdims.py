"""The sums lose their dim: a square is divided by the sums of the wrong rows."""
# cell: softmax
# says: a sum for each row
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
    total = np.add.reduce(e, axis=dim)
    return e / (total if e.ndim == 2 else np.expand_dims(total, dim))
