"""Returns the probabilities and forgets the right class."""
# cell: loss-gradients
# says: cross_entropy
# replace:
        slope[np.arange(len(labels)), labels] -= 1

# by:

