"""The teacher answers in training mode, with dropout."""
# cell: distillation
# says: answers in eval mode
# replace:
        with evaluating(self.teacher):
            answers = self.teacher(x)
# by:
        answers = self.teacher(x)
