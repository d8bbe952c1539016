"""The distance between neighbours stays one pixel."""
# cell: receptive-field
# says: MaxPool2d
# replace:
        distance *= window.stride[dim]

# by:

