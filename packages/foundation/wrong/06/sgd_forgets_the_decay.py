"""SGD leaves the weight decay out."""
# cell: sgd
# says: weight_decay
# replace:
        direction = decayed(grad, p, weight_decay)
# by:
        direction = grad
