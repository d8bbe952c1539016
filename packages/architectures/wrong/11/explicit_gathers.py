"""The rows are read by the ids instead of written."""
# cell: add-rows-explicit
# says: add_rows_explicit\(g, ids|IndexError
# replace:
        out[ids[i]] += g[i]
# by:
        out[i] += g[ids[i]]
