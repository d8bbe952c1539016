"""Lets every gradient through ReLU."""
# cell: activation-gradients
# says: relu
# replace:
(lambda g: np.where(out == 0, 0, g),)
# by:
(lambda g: g,)
