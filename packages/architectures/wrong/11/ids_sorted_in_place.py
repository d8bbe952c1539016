"""The caller's ids are sorted in place."""
# cell: add-rows
# says: ids afterwards|add_rows\(g, ids
# replace:
    order = np.argsort(ids, kind="stable")
    ids, g = ids[order], g[order]
# by:
    order = np.argsort(ids, kind="stable")
    g = g[order]
    ids.sort()
