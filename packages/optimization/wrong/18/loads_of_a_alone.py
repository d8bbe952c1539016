"""Only the numbers of a are counted."""
# cell: tiles
# says: tile_loads\(4, 6, 8, 2\)
# replace:
    return n * k * across + k * m * down
# by:
    return n * k * across
