"""The zero point moves the wrong way."""
# cell: grid
# says: its zero point
# replace:
    zero_point = 0 * scale if symmetric else np.rint(-128 - low / scale)
# by:
    zero_point = 0 * scale if symmetric else np.rint(-128 + low / scale)
