"""The scale counts the keys instead of the numbers of one key."""
# cell: scores
# says: attention_scores\(q \(5, 4\), k \(3, 4\)\)
# replace:
    return q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5
# by:
    return q @ k.transpose(-2, -1) * k.shape[-2] ** -0.5
