"""Adding the bias of a linear layer is not counted."""
# cell: products
# says: the same with a bias
# replace:
    return 2 * out.size * weight.shape[1] + (0 if bias is None else out.size)
# by:
    return 2 * out.size * weight.shape[1]
