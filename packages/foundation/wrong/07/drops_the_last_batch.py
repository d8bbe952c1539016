"""Leaves out the last, shorter batch."""
# cell: batches
# says: the last one may be shorter
# replace:
    for start in range(0, n, size):
# by:
    for start in range(0, n - size + 1, size):
