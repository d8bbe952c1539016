"""The sum of the squares in the place of their mean."""
# cell: layer-norm-kernel
# says: normalize\(rows, eps\)\[0\]
# replace:
    scale = 1 / np.sqrt(np.vecdot(out, out) / d + eps)[:, None]
# by:
    scale = 1 / np.sqrt(np.vecdot(out, out) + eps)[:, None]
