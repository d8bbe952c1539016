"""All dimensions of k are reversed, the batch among them."""
# cell: scores
# says: attention_scores\(q \(2, 3, 5, 4\)|inner sizes
# replace:
    return q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5
# by:
    return q @ k.T * q.shape[-1] ** -0.5
