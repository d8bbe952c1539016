"""The count leaves the channels out that a filter sums over."""
# cell: explicit
# says: conv2d_multiply_adds.*wanted +240844800.*got +80281600
# replace:
    return math.prod(output_shape) * math.prod(weight_shape[1:])
# by:
    return math.prod(output_shape) * math.prod(weight_shape[2:])
