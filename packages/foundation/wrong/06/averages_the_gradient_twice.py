"""Averages the size of the gradient in v, not its square."""
# cell: adam
# says: v after the first step: an average of squares
# replace:
    v += (1 - beta2) * grad * grad
# by:
    v += (1 - beta2) * np.abs(grad)
