"""Divides by the averaged square, not by its root."""
# cell: adam
# says: the first direction
# replace:
    return mean / (np.sqrt(square) + eps)
# by:
    return mean / (square + eps)
