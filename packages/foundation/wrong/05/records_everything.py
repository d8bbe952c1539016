"""Makes an edge for every input, whether it requires a gradient or not."""
# cell: record
# says: has one edge
# replace:
        if isinstance(x, Tensor) and x.requires_grad:
            edges.append((x._node or x, function))
# by:
        if isinstance(x, Tensor):
            edges.append((x._node or x, function))
