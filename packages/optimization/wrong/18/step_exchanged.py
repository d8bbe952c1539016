"""The steps along height and width are exchanged."""
# cell: max-pool
# says: max_pool_by_rows\(x \(1, 2, 6, 4\), \(3, 2\)\)|max-pool
# replace:
    rows = x[:, :, ::kh]
    for u in range(1, kh):
        rows = np.maximum(rows, x[:, :, u::kh])
    out = rows[..., ::kw]
    for v in range(1, kw):
        out = np.maximum(out, rows[..., v::kw])
# by:
    rows = x[:, :, ::kw]
    for u in range(1, kw):
        rows = np.maximum(rows, x[:, :, u::kw])
    out = rows[..., ::kh]
    for v in range(1, kh):
        out = np.maximum(out, rows[..., v::kh])
