"""per_channel is ignored."""
# cell: pack
# says: the shape of the scales of pack\(x, per_channel=True\)
# replace:
    axis = tuple(range(1, x.ndim)) if per_channel else None
# by:
    axis = None
