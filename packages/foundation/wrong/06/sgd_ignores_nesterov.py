"""SGD does not pass nesterov on."""
# cell: sgd
# says: nesterov
# replace:
momentum, damped, nesterov)
# by:
momentum, damped)
