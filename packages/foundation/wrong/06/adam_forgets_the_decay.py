"""Adam leaves the weight decay out."""
# cell: adam-step
# says: weight_decay
# replace:
decayed(grad, p, weight_decay)
# by:
grad
