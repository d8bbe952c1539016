"""The gradient of the weight is the sum of g, as if x were 1 everywhere."""
# cell: layer-norm-gradients
# says: gradient of input 1 of apply\("layer_norm"
# replace:
        lambda g: np.einsum("nd,nd->d", g.reshape(flat), normalized).reshape(shape),
        lambda g: g.reshape(flat).sum(axis=0).reshape(shape),
# by:
        lambda g: g.reshape(flat).sum(axis=0).reshape(shape),
        lambda g: g.reshape(flat).sum(axis=0).reshape(shape),
