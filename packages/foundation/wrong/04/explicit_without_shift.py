"""The exponentials of the scores themselves overflow."""
# cell: cross-entropy-explicit
# says: cross_entropy_explicit\(\[1000.0, 1000.0\], 0\).*math range error
# replace:
        total += math.exp(score - top)
    return top + math.log(total) - scores[label]
# by:
        total += math.exp(score)
    return math.log(total) - scores[label]
