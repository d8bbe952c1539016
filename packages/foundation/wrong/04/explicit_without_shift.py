"""The exponentials of the scores themselves overflow."""
# cell: cross-entropy-explicit
# says: cross_entropy_explicit\(\[1000.0, 1000.0\], 0\).*math range error
def cross_entropy_explicit(scores, label):
    """Minus the log of the share that softmax gives to `label`, from a list of numbers, one at a time."""
    top = scores[0]
    for score in scores:
        top = max(top, score)
    total = 0.0
    for score in scores:
        total += math.exp(score)
    return math.log(total) - scores[label]
