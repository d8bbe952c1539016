"""Follows the velocity with nesterov too."""
# cell: momentum
# says: nesterov=True
# replace:
    return grad + momentum * velocity if nesterov else velocity
# by:
    return velocity
