"""The scale is missing."""
# cell: scores
# says: attention_scores\(q \(5, 4\), k \(3, 4\)\)
# says: 2 times too large
# replace:
    return q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5
# by:
    return q @ k.transpose(-2, -1)
