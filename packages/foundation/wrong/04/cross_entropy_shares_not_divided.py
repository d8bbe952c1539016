"""Hands out the exponentials as shares, without dividing them by their sums."""
# cell: cross-entropy
# says: the shares
# replace:
        shares /= sums[:, None]
# by:
        pass
