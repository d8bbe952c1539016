"""Nesterov as a branch of its own."""
# cell: momentum
# function: momentum_direction
velocity[...] = momentum * velocity + (1 - dampening) * grad
if not nesterov:
    return velocity.copy()
return momentum * velocity + grad
