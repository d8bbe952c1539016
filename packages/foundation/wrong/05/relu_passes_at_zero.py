"""Lets the gradient through at exactly 0."""
# cell: activations
# says: relu at -1, 0 and 2
# replace:
    return (lambda g: np.where(out == 0, 0, g),)
# by:
    return (lambda g: np.where(a < 0, 0, g),)
