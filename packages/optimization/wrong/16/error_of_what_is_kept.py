"""The singular values that are kept are added up."""
# cell: low-rank
# says: the tail of the singular values
# replace:
    return math.sqrt((s[rank:] ** 2).sum())
# by:
    return math.sqrt((s[:rank] ** 2).sum())
