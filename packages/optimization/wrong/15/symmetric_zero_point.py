"""A symmetric grid gets a zero point that is not 0."""
# cell: grid
# says: its zero point
# replace:
    zero_point = 0 * scale if symmetric else np.rint(-128 - low / scale)
# by:
    zero_point = np.rint(-128 - low / scale)
