"""The root is forgotten."""
# cell: low-rank
# says: the tail of the singular values
# replace:
    return math.sqrt((s[rank:] ** 2).sum())
# by:
    return float((s[rank:] ** 2).sum())
