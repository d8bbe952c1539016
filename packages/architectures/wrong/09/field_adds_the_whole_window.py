"""Each window adds its whole reach."""
# cell: receptive-field
# says: receptive_field\(Conv2d\(1, 1, 5\)\)
# replace:
        field += (window.reach()[dim] - 1) * distance
# by:
        field += window.reach()[dim] * distance
