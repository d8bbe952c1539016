"""The ids are sorted and the rows of g stay where they were."""
# cell: add-rows
# says: add_rows\(g, ids \[2 0 5\], 7\)
# replace:
    order = np.argsort(ids, kind="stable")
    ids, g = ids[order], g[order]
# by:
    ids = np.sort(ids)
