"""Only the scale of the weights is used."""
# cell: bytes-times-bytes
# says: integer_linear
# replace:
    out = total.astype(np.float32) * (input_scale * scale)
# by:
    out = total.astype(np.float32) * scale
