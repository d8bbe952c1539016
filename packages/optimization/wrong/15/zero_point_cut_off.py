"""The zero point is cut off instead of rounded."""
# cell: grid
# says: its zero point
# replace:
    zero_point = 0 * scale if symmetric else np.rint(-128 - low / scale)
# by:
    zero_point = 0 * scale if symmetric else -128 - low / scale
