"""The 1 at the label is subtracted without the factor."""
# cell: cross-entropy
# says: the gradient of cross_entropy_once
# replace:
        e[np.arange(len(e)), labels] -= factor
# by:
        e[np.arange(len(e)), labels] -= 1
