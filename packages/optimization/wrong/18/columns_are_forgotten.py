"""Only the first column of each window is looked at."""
# cell: max-pool
# says: max_pool_by_rows\(x \(2, 3, 4, 6\)
# replace:
    for v in range(1, kw):
        out = np.maximum(out, rows[..., v::kw])

# by:

