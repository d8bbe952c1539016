"""Arrays among the attributes are not counted."""
# cell: bytes-of
# says: cross_entropy
# replace:
    return sum(read) + written
# by:
    return sum(read[: len(arrays)]) + written
