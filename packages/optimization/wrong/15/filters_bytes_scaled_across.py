"""The scales are broadcast along the columns of the picture."""
# cell: bytes-times-bytes
# says: integer_conv2d|broadcast
# replace:
    out = total.astype(np.float32) * along_rows(input_scale * scale, 3)
# by:
    out = total.astype(np.float32) * (input_scale * scale)
