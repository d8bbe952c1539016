"""Asks each worker once, whatever prefetch is."""
# cell: ordered
# says: open requests
# replace:
    for number in range(min(n * prefetch, count)):
# by:
    for number in range(min(n, count)):
# replace:
        if number + n * prefetch < count:
# by:
        if number + n < count:
