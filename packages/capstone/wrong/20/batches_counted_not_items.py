"""A batch counts as one answer."""
# cell: implied
# says: fields that hold
# replace:
items * len(times)
# by:
len(times)
