"""The log to the base 2."""
# cell: cross-entropy-explicit
# says: cross_entropy_explicit\(\[0, 1, 2\], 0\).*got +2.58
# replace:
    return top + math.log(total) - scores[label]
# by:
    return top + math.log2(total) - scores[label]
