"""alpha is given to the labels."""
# cell: distillation
# says: temperature=1, alpha=1\.0
# replace:
        return self.alpha * T**2 * apart + (1 - self.alpha) * CrossEntropyLoss()(student, labels)
# by:
        return (1 - self.alpha) * T**2 * apart + self.alpha * CrossEntropyLoss()(student, labels)
