"""Permutes the gradient forward again instead of back."""
# cell: views
# says: permute
# replace:
np.transpose(g, np.argsort(np.array(dims) % len(dims)))
# by:
np.transpose(g, dims)
