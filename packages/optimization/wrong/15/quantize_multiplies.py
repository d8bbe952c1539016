"""The number is multiplied by the scale."""
# cell: grid
# says: quantize\(\[-9
# replace:
        steps = np.rint(x / scale) + zero_point
# by:
        steps = np.rint(x * scale) + zero_point
