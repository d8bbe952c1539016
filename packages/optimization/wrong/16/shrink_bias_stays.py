"""The biases of units that are gone are still there."""
# cell: shrink
# says: its bias: one number for each unit
# replace:
        bias = bias[units]
# by:
        bias = bias.copy()
