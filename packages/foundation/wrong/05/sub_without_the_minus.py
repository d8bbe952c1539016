"""The gradient of a - b by b lacks its minus."""
# cell: arithmetic-gradients
# says: sub, input 1
# says: sign
# replace:
gradients["sub"] = lambda out, a, b: (lambda g: g, lambda g: -g)
# by:
gradients["sub"] = lambda out, a, b: (lambda g: g, lambda g: g)
