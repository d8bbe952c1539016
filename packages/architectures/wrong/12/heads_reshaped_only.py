"""A reshape straight to the right shape, which mixes places and heads."""
# cell: heads
# says: heads_view\(packed \(2, 3, 24\), 4 heads, part 0
# replace:
    return own.reshape(*own.shape[:-1], n_heads, d // n_heads).swapaxes(-3, -2)
# by:
    return own.reshape(*own.shape[:-2], n_heads, own.shape[-2], d // n_heads)
