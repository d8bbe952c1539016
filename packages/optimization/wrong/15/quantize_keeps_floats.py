"""The bytes are whole numbers in floats."""
# cell: grid
# says: its type|int8
# replace:
        return np.clip(steps, ends.min, ends.max).astype(dtype)
# by:
        return np.clip(steps, ends.min, ends.max)
