"""Writes the corrected averages back into m and v."""
# cell: adam
# says: m after the first step
# replace:
    mean, square = m / (1 - beta1**step), v / (1 - beta2**step)
# by:
    m /= 1 - beta1**step
    v /= 1 - beta2**step
    mean, square = m, v
