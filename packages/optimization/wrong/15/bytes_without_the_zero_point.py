"""The sum of the weights is not taken away."""
# cell: bytes-times-bytes
# says: integer_linear
# replace:
    total = integer_product(q, weight) - weight_sums(weight, input_zero_point)
# by:
    total = integer_product(q, weight)
