"""Takes the gradient in whole, whatever dampening says."""
# cell: momentum
# says: dampening=0.2
# replace:
    velocity += (1 - dampening) * grad
# by:
    velocity += grad
