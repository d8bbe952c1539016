"""Leaves the type of zeros to NumPy."""
# cell: creation
# says: zeros
# says: float64
# replace:
    return wrap(np.zeros(sizes(shape), np.float32))
# by:
    return wrap(np.zeros(sizes(shape)))
