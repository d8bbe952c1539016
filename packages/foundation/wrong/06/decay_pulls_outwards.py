"""Subtracts the decay, so that weights grow."""
# cell: decay
# says: decayed\(grad, p, 0\.1\)
# replace:
    return grad + weight_decay * p if weight_decay else grad
# by:
    return grad - weight_decay * p
