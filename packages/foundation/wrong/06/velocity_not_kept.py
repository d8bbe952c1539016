"""Computes the velocity in a new array: the state stays zero."""
# cell: momentum
# says: brought up to date in its own memory
# replace:
    velocity *= momentum
    velocity += (1 - dampening) * grad
# by:
    velocity = momentum * velocity + (1 - dampening) * grad
