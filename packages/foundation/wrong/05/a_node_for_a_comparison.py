"""Makes a node without edges for what has no derivative."""
# cell: record
# says: only tensors of floats can require a gradient|\(x > 1\)
# replace:
    if edges:
        result._node
# by:
    if True:
        result._node
