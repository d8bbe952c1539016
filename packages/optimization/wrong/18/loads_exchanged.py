"""Each matrix is read as often as it has tiles itself."""
# cell: tiles
# says: tile_loads\(
# replace:
    return n * k * across + k * m * down
# by:
    return n * k * down + k * m * across
