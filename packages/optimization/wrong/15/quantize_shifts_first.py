"""The zero point is added before the division."""
# cell: grid
# says: quantize\(\[-9
# replace:
        steps = np.rint(x / scale) + zero_point
# by:
        steps = np.rint((x + zero_point) / scale)
