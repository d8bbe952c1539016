"""Every number is fetched for every multiply-add, whatever the tile."""
# cell: tiles
# says: tile_loads\(
# replace:
    return n * k * across + k * m * down
# by:
    return 2 * n * k * m
