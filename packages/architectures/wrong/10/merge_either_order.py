"""The pair is merged in either order."""
# cell: merge
# says: merge\(\[2, 1, 1\], \(1, 2\), 9\)
# replace:
        found = tuple(ids[i : i + 2]) == pair
# by:
        found = tuple(ids[i : i + 2]) in (pair, pair[::-1])
