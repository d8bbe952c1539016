"""What lies outside is not clipped and wraps round."""
# cell: grid
# says: quantize\(\[-9|invalid value encountered in cast
# replace:
        return np.clip(steps, ends.min, ends.max).astype(dtype)
# by:
        return steps.astype(np.int64).astype(dtype)
