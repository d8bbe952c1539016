"""Adds eps under the root."""
# cell: adam
# says: added to the root and not under it
# replace:
    return mean / (np.sqrt(square) + eps)
# by:
    return mean / np.sqrt(square + eps)
