"""A float64 gradient makes a float64 grad of a float32 leaf."""
# cell: accumulate
# says: float64, beside a float32 leaf
# replace:
            leaf.grad = wrap(np.array(g, leaf.dtype))
# by:
            leaf.grad = wrap(np.array(g))
