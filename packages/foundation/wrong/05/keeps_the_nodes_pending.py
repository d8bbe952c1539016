"""Leaves the node's gradient in `pending`, as if the node were a leaf."""
# cell: backward
# says: backward
# replace:
        g = pending.pop(node, None)
# by:
        g = pending.get(node)
