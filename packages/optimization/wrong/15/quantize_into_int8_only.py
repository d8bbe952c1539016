"""The type that was asked for is ignored."""
# cell: grid
# says: np\.uint8
# replace:
        return np.clip(steps, ends.min, ends.max).astype(dtype)
# by:
        return np.clip(steps, -128, 127).astype(np.int8)
