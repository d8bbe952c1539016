"""The product is charged with the size that it keeps, not with the one that it sums over."""
# cell: products
# says: matmul_flops
# replace:
    return 2 * out.size * a.shape[-1]
# by:
    return 2 * out.size * b.shape[-1]
