"""The bias is cut by the mask of the inputs."""
# cell: shrink
# says: boolean index did not match
# replace:
        bias = bias[units]
# by:
        bias = bias[inputs]
