"""After a merge the search goes on inside the pair."""
# cell: merge
# says: merge\(\[1, 2, 3, 1, 2\], \(1, 2\), 9\)
# replace:
        i += 2 if found else 1
# by:
        i += 1
