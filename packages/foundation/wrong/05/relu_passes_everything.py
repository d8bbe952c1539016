"""Lets every gradient through ReLU."""
# cell: activations
# says: relu
# replace:
(lambda g: np.where(out == 0, 0, g),)
# by:
(lambda g: g,)
