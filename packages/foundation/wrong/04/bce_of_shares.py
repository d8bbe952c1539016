"""The formula on paper, with the sigmoid's shares: log(0) at both ends."""
# cell: bce
# says: the costs of logits \[500, .*(divide by zero|overflow|invalid)
# replace:
    return targets * softplus(-logits) + (1 - targets) * softplus(logits)
# by:
    p = np.exp(-softplus(-logits))
    return -(targets * np.log(p) + (1 - targets) * np.log(1 - p))
