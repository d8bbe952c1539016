"""All that reach a threshold stay, so that equal sizes are not counted."""
# cell: largest
# says: exactly three go
# replace:
    keep[order[: round(amount * sizes.size)]] = False
# by:
    ranked = np.sort(sizes.ravel())
    keep = sizes.ravel() >= ranked[round(amount * sizes.size)]
