"""There is a grid for each row even if one was asked for."""
# cell: pack
# says: pack\(\[\[-1, 0\.5\]
# replace:
    axis = tuple(range(1, x.ndim)) if per_channel else None
# by:
    axis = tuple(range(1, x.ndim))
