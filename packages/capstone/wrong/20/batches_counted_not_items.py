"""A batch counts as one answer."""
# cell: implied
# says: valid fields
# replace:
items * len(times)
# by:
len(times)
