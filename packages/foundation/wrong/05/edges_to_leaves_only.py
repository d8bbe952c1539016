"""Lets the edge end at the tensor even if an operation made it."""
# cell: record
# says: edge to the node
# replace:
(x._node or x, function)
# by:
(x, function)
