"""The factor of the rows is forgotten."""
# cell: layer-norm-gradients
# says: gradient of input 0 of apply\("layer_norm"
# replace:
    slope *= scale

# by:

