"""The parameters get a new array."""
# cell: adam
# says: is still the same array
# replace:
            p.data -= part
# by:
            p.data = p.data - part
