"""The costs take the scores as they were, beside sums of lowered ones."""
# cell: cross-entropy
# says: cross_entropy_once\(logits \(3, 5\) of size 30
# replace:
    costs = np.log(sums) - rows[np.arange(len(rows)), labels]
# by:
    costs = np.log(sums) - logits[np.arange(len(rows)), labels]
