"""The smallest of all together, whatever scope says."""
# cell: magnitude
# says: sizes 1 to 12, half of them
# replace:
    if scope == "layer":
# by:
    if scope is None:
