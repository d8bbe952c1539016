"""(1 - t) x + softplus(-x) is right on paper and loses small costs of a no by cancellation."""
# cell: bce
# says: targets \[1, 0\], times 1e9.*\[1\]: wanted 2.06115, got 0
# replace:
    return targets * softplus(-logits) + (1 - targets) * softplus(logits)
# by:
    return (1 - targets) * logits + softplus(-logits)
