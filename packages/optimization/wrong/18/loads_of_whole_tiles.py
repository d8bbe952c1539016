"""Tiles that reach over the edge are not counted."""
# cell: tiles
# says: tile_loads\(5, 6, 7, 4\): the last tiles are smaller
# replace:
    down, across = -(-n // tile), -(-m // tile)
# by:
    down, across = n // tile, m // tile
