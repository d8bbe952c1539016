"""The channels' mask is set side by side, as if pixels came first."""
# cell: shrink
# says: 2 pixels of each channel
# replace:
    return np.repeat(keep, n // len(keep))
# by:
    return np.tile(keep, n // len(keep))
