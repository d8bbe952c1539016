"""Writes `=` instead of adding to .grad: the second pass erases the first."""
# cell: accumulate
# says: after a second one
# replace:
        if leaf.grad is None:
            leaf.grad = wrap(np.array(g, leaf.dtype))
        else:
            leaf.grad.data += g
# by:
        leaf.grad = wrap(np.array(g, leaf.dtype))
