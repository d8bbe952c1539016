"""Makes an edge for every input, whether it requires a gradient or not."""
# cell: record
# says: has one edge
# replace:
        if isinstance(x, Tensor) and x.requires_grad:
# by:
        if isinstance(x, Tensor):
