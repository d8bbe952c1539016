"""The place is rounded down, and p99 of few values is not the largest."""
# cell: result
# says: p99 of three values
# replace:
math.ceil(percent * len(values) / 100) - 1
# by:
int(percent * len(values) / 100) - 1
