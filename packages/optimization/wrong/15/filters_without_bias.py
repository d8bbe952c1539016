"""The bias is not handed on."""
# cell: tables-and-filters
# says: conv2d_int8
# replace:
    return kernels["conv2d"](x, wide, bias, **window)
# by:
    return kernels["conv2d"](x, wide, **window)
