"""A window's own stride already counts for itself."""
# cell: receptive-field
# says: MaxPool2d
# replace:
        field += (window.reach()[dim] - 1) * distance
        distance *= window.stride[dim]
# by:
        distance *= window.stride[dim]
        field += (window.reach()[dim] - 1) * distance
