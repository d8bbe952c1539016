"""The factors come as a row of numbers, not as a column."""
# cell: layer-norm-kernel
# says: normalize\(rows, eps\)\[1\]: one over the root
# says: shape \(5,\)
# replace:
    scale = 1 / np.sqrt(np.vecdot(out, out) / d + eps)[:, None]
    out *= scale
# by:
    scale = 1 / np.sqrt(np.vecdot(out, out) / d + eps)
    out *= scale[:, None]
