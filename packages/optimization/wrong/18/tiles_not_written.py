"""The name of the tile is given to a new array, and the result stays zero."""
# cell: tiles
# says: tiled_matmul\(a
# replace:
                part += product(
# by:
                part = part + product(
