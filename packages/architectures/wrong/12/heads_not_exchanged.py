"""Places and heads are not exchanged."""
# cell: heads
# says: heads_view\(packed \(2, 3, 24\), 4 heads, part 0.*shape
# replace:
    return own.reshape(*own.shape[:-1], n_heads, d // n_heads).swapaxes(-3, -2)
# by:
    return own.reshape(*own.shape[:-1], n_heads, d // n_heads)
