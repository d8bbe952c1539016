"""Sums over the last dimension, whatever dim is."""
# cell: softmax
# says: gradient of softmax over dimension 0
# replace:
    return (lambda g: out * (g - (g * out).sum(axis=dim, keepdims=True)),)
# by:
    return (lambda g: out * (g - (g * out).sum(axis=-1, keepdims=True)),)
