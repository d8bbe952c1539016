"""The order is read from its end."""
# cell: largest
# says: largest\(\[\[3, 1, 2\]
# replace:
    keep[order[: round(amount * sizes.size)]] = False
# by:
    keep[order[::-1][: round(amount * sizes.size)]] = False
