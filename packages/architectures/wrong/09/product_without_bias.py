"""The bias is forgotten."""
# cell: by-columns
# says: the same with a bias for each filter
# replace:
    if bias is not None:
        out = out + bias.reshape(-1, 1)

# by:

