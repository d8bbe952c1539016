"""A tile of the result forgets the earlier tiles along k."""
# cell: tiles
# says: tiled_matmul\(a \(4, 6\), b \(6, 8\), tile=2\)
# replace:
                part += product(
# by:
                part[...] = product(
