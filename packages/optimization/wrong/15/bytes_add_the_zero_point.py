"""The sum of the weights is added."""
# cell: bytes-times-bytes
# says: integer_linear
# replace:
    total = integer_product(q, weight) - weight_sums(weight, input_zero_point)
# by:
    total = integer_product(q, weight) + weight_sums(weight, input_zero_point)
