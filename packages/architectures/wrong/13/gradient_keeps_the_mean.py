"""The mean of g is not taken out."""
# cell: layer-norm-gradients
# says: adding a number to x changes nothing
# replace:
    slope = g - mean[:, None]

# by:
    slope = g.copy()

