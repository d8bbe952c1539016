"""Each number of a linear layer is charged with the outputs, not the inputs."""
# cell: products
# says: linear_flops
# replace:
    return 2 * out.size * weight.shape[1] + (0 if bias is None else out.size)
# by:
    return 2 * out.size * weight.shape[0] + (0 if bias is None else out.size)
