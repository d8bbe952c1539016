"""Forgets to transpose the right factor."""
# cell: product
# says: matmul
# replace:
    return g @ right.swapaxes(-1, -2)
# by:
    return g @ right
