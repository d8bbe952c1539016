"""Lets every gradient through ReLU."""
# cell: activation-gradients
# says: relu
# replace:
(lambda g: g * (out != 0),)
# by:
(lambda g: g,)
