"""The tile of b is taken from the mirrored place."""
# cell: tiles
# says: tiled_matmul\(a
# replace:
b[k : k + tile, j : j + tile])
# by:
b[j : j + tile, k : k + tile])
