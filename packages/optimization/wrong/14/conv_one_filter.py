"""The places are counted once and not for each filter."""
# cell: products
# says: conv2d_flops
# replace:
    return 2 * out.size * math.prod(weight.shape[1:]) + (0 if bias is None else out.size)
# by:
    return 2 * out[:, 0].size * math.prod(weight.shape[1:]) + (0 if bias is None else out.size)
