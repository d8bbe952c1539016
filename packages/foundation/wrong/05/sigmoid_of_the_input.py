"""Puts the input where the output belongs."""
# cell: activations
# says: sigmoid
# replace:
(lambda g: g * out * (1 - out),)
# by:
(lambda g: g * a * (1 - a),)
