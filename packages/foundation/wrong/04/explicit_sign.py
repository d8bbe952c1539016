"""The log of the share instead of minus the log."""
# cell: cross-entropy-explicit
# says: cross_entropy_explicit\(\[0, 1, 2\], 0\)
# says: sign is wrong
# replace:
    return top + math.log(total) - scores[label]
# by:
    return scores[label] - top - math.log(total)
