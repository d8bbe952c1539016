"""Numbers are cut off to the byte below in size."""
# cell: grid
# says: quantize\(\[-9
# replace:
        steps = np.rint(x / scale) + zero_point
# by:
        steps = np.trunc(x / scale) + zero_point
