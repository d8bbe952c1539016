"""The last of several equal pixels gets the gradient."""
# cell: max-pool
# says: to the first of the largest|slope after slope_of_tiles
# replace:
    for u in range(kh):
        for v in range(kw):
            won =
# by:
    for u in reversed(range(kh)):
        for v in reversed(range(kw)):
            won =
