"""A head gets every n-th number instead of its own piece."""
# cell: heads
# says: heads_view\(packed \(2, 3, 24\), 4 heads, part 0
# replace:
    return own.reshape(*own.shape[:-1], n_heads, d // n_heads).swapaxes(-3, -2)
# by:
    return np.moveaxis(own.reshape(*own.shape[:-1], d // n_heads, n_heads), -1, -3)
