"""Units are looked for among the columns."""
# cell: shrink
# says: boolean index did not match
# replace:
    weight = weight[units][:, inputs]
# by:
    weight = weight[inputs][:, units]
