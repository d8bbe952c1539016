"""Takes a transposition for a reshape."""
# cell: views
# says: transpose
# says: same numbers|order|place
# replace:
    return np.swapaxes(a, dim0, dim1)
# by:
    shape = list(a.shape)
    shape[dim0], shape[dim1] = shape[dim1], shape[dim0]
    return a.reshape(shape)
