"""The cross-entropy of the teacher's shares, which is not 0 where both agree."""
# cell: distillation
# says: temperature=1, alpha=1\.0
# replace:
        apart = (soft.exp() * (soft - log_softmax(student / T))).sum(dim=1).mean()
# by:
        apart = -(soft.exp() * log_softmax(student / T)).sum(dim=1).mean()
