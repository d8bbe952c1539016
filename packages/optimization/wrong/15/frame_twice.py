"""The picture is padded by hand and by the convolution."""
# cell: bytes-times-bytes
# says: integer_conv2d|padding
# replace:
    total = kernels["conv2d"](whole, weight.astype(kind), **window)
# by:
    total = kernels["conv2d"](whole, weight.astype(kind), padding=padding, **window)
