"""The frame is filled with the byte 0, which is not the number 0."""
# cell: bytes-times-bytes
# says: integer_conv2d.*padding|integer_conv2d
# replace:
    whole = framed(q, padding, input_zero_point).astype(kind)
# by:
    whole = framed(q, padding).astype(kind)
