"""The gradients of weight and bias change places."""
# cell: layer-norm-gradients
# says: gradient of input 1
# says: exchanged|input 2
# replace:
        lambda g: np.einsum("nd,nd->d", g.reshape(flat), normalized).reshape(shape),
        lambda g: g.reshape(flat).sum(axis=0).reshape(shape),
# by:
        lambda g: g.reshape(flat).sum(axis=0).reshape(shape),
        lambda g: np.einsum("nd,nd->d", g.reshape(flat), normalized).reshape(shape),
