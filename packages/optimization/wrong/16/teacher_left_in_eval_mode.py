"""The teacher is put in eval mode for good."""
# cell: distillation
# says: in training mode again
# replace:
        with evaluating(self.teacher):
            answers = self.teacher(x)
# by:
        answers = self.teacher.eval()(x)
