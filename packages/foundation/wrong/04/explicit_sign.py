"""The log of the share instead of minus the log."""
# cell: cross-entropy-explicit
# says: cross_entropy_explicit\(\[0, 1, 2\], 0\)
# says: sign is wrong
def cross_entropy_explicit(scores, label):
    """Minus the log of the share that softmax gives to `label`, from a list of numbers, one at a time."""
    top = scores[0]
    for score in scores:
        top = max(top, score)
    total = 0.0
    for score in scores:
        total += math.exp(score - top)
    return scores[label] - top - math.log(total)
