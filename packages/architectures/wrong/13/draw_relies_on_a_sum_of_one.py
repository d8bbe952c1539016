"""A dart may fly past shares whose sum is a little below 1."""
# cell: sampling
# says: shares whose sum is not quite 1
# replace:
darts[:, None] * ends[:, -1:]
# by:
darts[:, None]
