"""ReLU turns negative numbers positive instead of 0."""
# cell: relu
# says: negative numbers become 0.*wanted 0.0, got 2.0
# replace:
    return np.maximum(a, 0)
# by:
    return np.abs(a)
