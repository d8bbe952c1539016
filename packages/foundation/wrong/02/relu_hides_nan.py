"""ReLU by a comparison: a nan is not above 0, so it becomes 0."""
# cell: relu
# says: a nan must stay visible
# replace:
    return np.maximum(a, 0)
# by:
    return np.where(a > 0, a, 0).astype(a.dtype)
