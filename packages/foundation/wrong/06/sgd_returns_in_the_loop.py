"""SGD returns after the first parameter."""
# cell: sgd
# says: second of two arrays
# replace:
        descend(p, direction, lr)
# by:
        return descend(p, direction, lr)
