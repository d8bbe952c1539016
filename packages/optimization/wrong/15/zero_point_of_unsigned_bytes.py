"""Low becomes 0, as it would with bytes of 0 to 255."""
# cell: grid
# says: its zero point
# replace:
    zero_point = 0 * scale if symmetric else np.rint(-128 - low / scale)
# by:
    zero_point = 0 * scale if symmetric else np.rint(-low / scale)
