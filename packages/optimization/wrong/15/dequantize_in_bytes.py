"""The zero point is taken away in int8, which wraps round."""
# cell: grid
# says: dequantize\(\[-128, -100, 0, 100, 127\]
# replace:
    return (q.astype(np.float32) - zero_point) * scale
# by:
    return (q - zero_point).astype(np.float32) * scale
