"""Neighbouring parts share a row."""
# cell: threads
# says: the numbers in parts_of\(10, 4\)
# replace:
slice(ends[i], ends[i + 1]) for
# by:
slice(ends[i], ends[i + 1] + 1) for
