"""Both masks in one indexing: pairs of places, not rows and columns."""
# cell: shrink
# says: could not be broadcast
# replace:
    weight = weight[units][:, inputs]
# by:
    weight = weight[units, inputs]
