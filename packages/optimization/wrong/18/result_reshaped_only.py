"""The channels are put in their place by reshape, which mixes up the numbers."""
# cell: vectorized
# says: conv2d_vectorized\(x
# replace:
    return out.reshape(len(x), *windows.shape[2:4], len(weight)).transpose(0, 3, 1, 2)
# by:
    return out.reshape(len(x), len(weight), *windows.shape[2:4])
