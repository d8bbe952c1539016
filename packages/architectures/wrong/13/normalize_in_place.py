"""The rows that came in are changed."""
# cell: layer-norm-kernel
# says: x after layer_norm\(x, weight, bias\)
# replace:
    out = rows - (rows @ np.full(d, 1 / d, rows.dtype))[:, None]
# by:
    out = rows
    out -= (rows @ np.full(d, 1 / d, rows.dtype))[:, None]
