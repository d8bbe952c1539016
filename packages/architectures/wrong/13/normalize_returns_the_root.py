"""The root is returned, not one over it."""
# cell: layer-norm-kernel
# says: normalize\(rows, eps\)\[1\]: one over the root
# replace:
    return out, scale
# by:
    return out, 1 / scale
