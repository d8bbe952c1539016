"""The way back doubles the memory with float64."""
# cell: grid
# says: float64
# replace:
    return (q.astype(np.float32) - zero_point) * scale
# by:
    return (q.astype(np.float64) - zero_point) * scale
