"""Divided by the factor of the rows instead of multiplied."""
# cell: layer-norm-gradients
# says: gradient of input 0 of apply\("layer_norm"
# replace:
    slope *= scale

# by:
    slope /= scale

