"""A range of 0 alone has a scale of 0, and 0 / 0 is no number."""
# cell: grid
# says: range of 0 alone|divide|invalid value|nan
# replace:
    scale = np.where(scale < TINY, 1, scale)

# by:

