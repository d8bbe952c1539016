"""Shares prefetch among the workers: it is meant for each."""
# cell: ordered
# says: take|open requests
# replace:
    for number in range(min(n * prefetch, count)):
# by:
    for number in range(min(prefetch, count)):
