"""The singular values are added up without squares."""
# cell: low-rank
# says: the tail of the singular values
# replace:
    return math.sqrt((s[rank:] ** 2).sum())
# by:
    return float(s[rank:].sum())
