"""Follows the old velocity, and brings it up to date after the step."""
# cell: momentum
# says: the velocity takes in the gradient before the step
# replace:
    velocity *= momentum
# by:
    before = velocity.copy()
    velocity *= momentum
# replace:
    return grad + momentum * velocity if nesterov else velocity
# by:
    return grad + momentum * before if nesterov else before
