"""a[:, labels] takes every label's column for every row."""
# cell: cross-entropy
# says: CrossEntropyLoss\(\"none\"\)
# says: shape \(3, 3\)|dims
# replace:
    costs = np.log(sums) - a[np.arange(len(a)), labels]
# by:
    costs = np.log(sums) - a[:, labels]
