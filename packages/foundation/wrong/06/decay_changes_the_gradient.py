"""Adds the weight decay into the gradient itself."""
# cell: decay
# says: the gradient itself stays
# replace:
    return grad + weight_decay * p if weight_decay else grad
# by:
    grad += weight_decay * p
    return grad
