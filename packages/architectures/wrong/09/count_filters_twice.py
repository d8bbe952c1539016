"""The filters are counted twice: in the result and in the weight."""
# cell: explicit
# says: conv2d_multiply_adds.*got +7707033600
# replace:
    return math.prod(output_shape) * math.prod(weight_shape[1:])
# by:
    return math.prod(output_shape) * math.prod(weight_shape)
