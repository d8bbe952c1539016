"""What is left over behind the last whole tile is not computed."""
# cell: tiles
# says: tiled_matmul\(a \(5, 7\), b \(7, 3\), tile=4\)
# replace:
        for j in range(0, m, tile):
# by:
        for j in range(0, m // tile * tile, tile):
