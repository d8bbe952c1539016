"""A filter has three dimensions behind the first; only one is looked at."""
# cell: pack
# says: the shape of the scales of pack\(x, per_channel=True\), x \(3, 2, 2, 2\)|could not be broadcast
# replace:
    axis = tuple(range(1, x.ndim)) if per_channel else None
# by:
    axis = 1 if per_channel else None
