"""The same share of each layer, whatever scope says."""
# cell: magnitude
# says: sizes 1 to 9 go
# replace:
    if scope == "layer":
# by:
    if scope:
