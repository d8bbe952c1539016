"""A filter is charged with all channels of the input, though with groups it sees a part."""
# cell: products
# says: two groups
# replace:
    return 2 * out.size * math.prod(weight.shape[1:]) + (0 if bias is None else out.size)
# by:
    return 2 * out.size * x.shape[1] * math.prod(weight.shape[2:]) + (0 if bias is None else out.size)
