"""The sum of the filters is not taken away."""
# cell: bytes-times-bytes
# says: integer_conv2d
# replace:
    total -= along_rows(weight_sums(weight, input_zero_point), 3)

# by:

