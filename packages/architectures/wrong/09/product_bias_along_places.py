"""The bias is added along the places and not along the filters."""
# cell: by-columns
# says: the same with a bias for each filter
# replace:
        out = out + bias.reshape(-1, 1)
# by:
        out = out + bias.reshape(1, -1)
