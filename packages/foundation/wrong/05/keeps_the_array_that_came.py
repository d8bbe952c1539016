"""Keeps the arriving array as .grad although another leaf may have the same one."""
# cell: accumulate
# says: different arrays
# replace:
            leaf.grad = wrap(np.array(g, leaf.dtype))
# by:
            leaf.grad = wrap(np.asarray(g))
