"""A multiply-add is counted as one FLOP."""
# cell: products
# says: linear_flops
# replace:
    return 2 * out.size * weight.shape[1] + (0 if bias is None else out.size)
# by:
    return out.size * weight.shape[1] + (0 if bias is None else out.size)
