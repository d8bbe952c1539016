"""A symmetric grid must reach the lowest number too."""
# cell: grid
# says: quantization_parameters\(-1\.27, 0\.5, symmetric=True\)
# replace:
    scale = np.maximum(-low, high) / 127 if symmetric else (high - low) / 255
# by:
    scale = high / 127 if symmetric else (high - low) / 255
