"""The zero point is taken away after the scaling."""
# cell: grid
# says: dequantize\(
# replace:
    return (q.astype(np.float32) - zero_point) * scale
# by:
    return q.astype(np.float32) * scale - zero_point
