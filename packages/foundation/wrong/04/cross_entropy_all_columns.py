"""table[:, labels] takes every label's column for every row."""
# cell: cross-entropy
# says: CrossEntropyLoss\("none"\)
# says: shape \(3, 3\)|dims
# replace:
    picked = log_softmax(logits, 1)[np.arange(len(labels)), labels]
# by:
    picked = log_softmax(logits, 1)[:, labels]
