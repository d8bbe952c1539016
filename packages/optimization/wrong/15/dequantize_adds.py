"""The zero point is added on the way back too."""
# cell: grid
# says: dequantize\(
# replace:
    return (q.astype(np.float32) - zero_point) * scale
# by:
    return (q.astype(np.float32) + zero_point) * scale
