"""Each column gets a grid, not each row."""
# cell: pack
# says: the shape of the scales of pack\(x, per_channel=True\)|pack
# replace:
    axis = tuple(range(1, x.ndim)) if per_channel else None
# by:
    axis = tuple(range(x.ndim - 1)) if per_channel else None
