"""One line of NumPy: of several rows for one id only the last is added."""
# cell: add-rows
# says: add_rows\(g, ids \[2 0 2 2 6\], 7\)
# replace:
    order = np.argsort(ids, kind="stable")
    ids, g = ids[order], g[order]

# by:
    out[ids] += g
    return out
    order = np.argsort(ids, kind="stable")
    ids, g = ids[order], g[order]

