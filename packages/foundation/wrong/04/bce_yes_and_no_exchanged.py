"""The surprise at a yes is charged for a no."""
# cell: bce
# says: BCEWithLogitsLoss\(\"none\"\).*wanted 0.126928, got 2.126928|BCEWithLogitsLoss\(\"none\"\).*got 2.12693
# replace:
    return targets * softplus(-logits) + (1 - targets) * softplus(logits)
# by:
    return targets * softplus(logits) + (1 - targets) * softplus(-logits)
