"""Writes `=` instead of adding to .grad: the second pass erases the first."""
# cell: backward
# says: two backward passes
# replace:
    if leaf.grad is None:
        leaf.grad = wrap(np.array(g, leaf.data.dtype, copy=None if ours else True))
    else:
        leaf.grad.data += g
# by:
    leaf.grad = wrap(np.array(g, leaf.dtype))
