"""The inputs are all kept."""
# cell: shrink
# says: wanted.*shape \(2, 3\).*got.*shape \(2, 4\)
# replace:
    weight = weight[units][:, inputs]
# by:
    weight = weight[units]
