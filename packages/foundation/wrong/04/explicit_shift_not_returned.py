"""The largest score is taken out and not put back."""
# cell: cross-entropy-explicit
# says: cross_entropy_explicit\(\[0, 1, 2\], 0\).*difference|cross_entropy_explicit\(\[0, 1, 2\], 0\).*wanted +2.40.*got +0.40
def cross_entropy_explicit(scores, label):
    """Minus the log of the share that softmax gives to `label`, from a list of numbers, one at a time."""
    top = scores[0]
    for score in scores:
        top = max(top, score)
    total = 0.0
    for score in scores:
        total += math.exp(score - top)
    return math.log(total) - scores[label]
