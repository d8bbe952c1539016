"""The loss is multiplied by T once."""
# cell: distillation
# says: temperature=4, alpha=1\.0
# replace:
        return self.alpha * T**2 * apart + (1 - self.alpha) * CrossEntropyLoss()(student, labels)
# by:
        return self.alpha * T * apart + (1 - self.alpha) * CrossEntropyLoss()(student, labels)
