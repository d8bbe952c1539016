"""The count is cut off instead of rounded."""
# cell: largest
# says: 0\.8\)
# replace:
    keep[order[: round(amount * sizes.size)]] = False
# by:
    keep[order[: int(amount * sizes.size)]] = False
