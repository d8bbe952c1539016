"""The usual loss is taken at the temperature, too."""
# cell: distillation
# says: temperature=2, alpha=0\.25
# replace:
        return self.alpha * T**2 * apart + (1 - self.alpha) * CrossEntropyLoss()(student, labels)
# by:
        return self.alpha * T**2 * apart + (1 - self.alpha) * CrossEntropyLoss()(student / T, labels)
