"""Takes 1 - t for 1 - t²."""
# cell: activations
# says: gradient of tanh
# replace:
    return (lambda g: g * (1 - out * out),)
# by:
    return (lambda g: g * (1 - out),)
