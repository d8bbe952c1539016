"""The positions that are given are not used."""
# cell: positional-encodings
# says: positions \[5, 0, 1\]
# replace:
        return x + places(x, positions, self.weight)
# by:
        return x + places(x, None, self.weight)
