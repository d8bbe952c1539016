"""Weights the gradient with 1 - momentum, as in an average."""
# cell: momentum
# says: the first direction
# replace:
    velocity += (1 - dampening) * grad
# by:
    velocity += (1 - momentum) * grad
