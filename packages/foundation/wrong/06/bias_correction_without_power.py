"""Corrects every step as if it were the first."""
# cell: adam
# says: step 2
# replace:
    mean, square = m / (1 - beta1**step), v / (1 - beta2**step)
# by:
    mean, square = m / (1 - beta1), v / (1 - beta2)
