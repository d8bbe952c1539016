"""Nothing is sorted, so an id begins anew wherever it comes again."""
# cell: add-rows
# says: add_rows\(g, ids \[2 0 2 2 6\], 7\)
# replace:
    order = np.argsort(ids, kind="stable")
    ids, g = ids[order], g[order]

# by:

