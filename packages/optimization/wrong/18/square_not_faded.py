"""The average of the squares never fades."""
# cell: adam
# says: (?m)v$|: v
# replace:
    v *= beta2

# by:

