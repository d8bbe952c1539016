"""max, a generator and fsum; the label first."""
# cell: cross-entropy-explicit
# function: cross_entropy_explicit
top = max(scores)
return math.log(math.fsum(math.exp(s - top) for s in scores)) - (scores[label] - top)
