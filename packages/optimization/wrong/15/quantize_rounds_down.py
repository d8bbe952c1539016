"""Numbers go to the byte below."""
# cell: grid
# says: quantize\(\[-9
# replace:
        steps = np.rint(x / scale) + zero_point
# by:
        steps = np.floor(x / scale) + zero_point
