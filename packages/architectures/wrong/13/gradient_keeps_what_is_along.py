"""The part along the normalized row is not taken out."""
# cell: layer-norm-gradients
# says: doubling x changes nothing
# replace:
    slope -= normalized * along[:, None]

# by:

