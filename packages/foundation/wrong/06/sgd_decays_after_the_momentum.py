"""SGD adds the decay to the velocity's direction, not to the gradient."""
# cell: sgd
# says: nesterov|weight_decay
# replace:
        direction = decayed(grad, p, weight_decay)
        if momentum:
            direction = momentum_direction(direction, velocity, momentum, damped, nesterov)
# by:
        direction = grad
        if momentum:
            direction = momentum_direction(direction, velocity, momentum, damped, nesterov)
        direction = decayed(direction, p, weight_decay)
