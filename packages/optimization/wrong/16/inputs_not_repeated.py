"""Behind a Flatten each channel counts as one input."""
# cell: shrink
# says: 2 pixels of each channel
# replace:
    return np.repeat(keep, n // len(keep))
# by:
    return keep
