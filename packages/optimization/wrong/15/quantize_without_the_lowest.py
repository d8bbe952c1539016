"""The byte -128 is never used."""
# cell: grid
# says: quantize\(\[-9
# replace:
        return np.clip(steps, ends.min, ends.max).astype(dtype)
# by:
        return np.clip(steps, ends.min + 1, ends.max).astype(dtype)
