"""The factor T * T is missing, so that soft gradients vanish at high temperatures."""
# cell: distillation
# says: DistillationLoss\(temperature=4, alpha=1\.0\).*got +0\.110
# replace:
        return self.alpha * T**2 * apart + (1 - self.alpha) * CrossEntropyLoss()(student, labels)
# by:
        return self.alpha * apart + (1 - self.alpha) * CrossEntropyLoss()(student, labels)
