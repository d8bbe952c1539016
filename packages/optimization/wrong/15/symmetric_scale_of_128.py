"""The largest byte of a symmetric grid is 127."""
# cell: grid
# says: symmetric=True\)
# replace:
    scale = np.maximum(-low, high) / 127 if symmetric else (high - low) / 255
# by:
    scale = np.maximum(-low, high) / 128 if symmetric else (high - low) / 255
