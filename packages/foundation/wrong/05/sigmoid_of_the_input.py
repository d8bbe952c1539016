"""Puts the input where the output belongs."""
# cell: activation-gradients
# says: sigmoid
# replace:
(lambda g: g * out * (1 - out),)
# by:
(lambda g: g * a * (1 - a),)
