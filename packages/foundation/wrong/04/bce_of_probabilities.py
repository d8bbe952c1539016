"""The formula on paper, with the probabilities themselves: log(0) at both ends."""
# cell: bce
# says: the costs of logits \[500, .*(divide by zero|overflow|invalid)
# replace:
    return targets * softplus(-logits) + (1 - targets) * softplus(logits)
# by:
    p = (-softplus(-logits)).exp()
    return -(targets * p.log() + (1 - targets) * (1 - p).log())
