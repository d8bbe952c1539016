"""Adam without the correction of averages that start at zero."""
# cell: adam
# says: corrected for their start at zero
# replace:
    mean, square = m / (1 - beta1**step), v / (1 - beta2**step)
# by:
    mean, square = m, v
