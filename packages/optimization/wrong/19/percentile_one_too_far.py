"""The place is counted from 1 and used from 0."""
# cell: result
# says: p50 of 1, 2|IndexError|p99
# replace:
values[max(0, math.ceil(percent * len(values) / 100) - 1)]
# by:
values[min(len(values) - 1, math.ceil(percent * len(values) / 100))]
