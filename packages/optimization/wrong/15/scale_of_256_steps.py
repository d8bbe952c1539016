"""256 values have 255 distances between them, not 256."""
# cell: grid
# says: the scale of quantization_parameters\(-1, 1\.55\)
# replace:
    scale = np.maximum(-low, high) / 127 if symmetric else (high - low) / 255
# by:
    scale = np.maximum(-low, high) / 127 if symmetric else (high - low) / 256
