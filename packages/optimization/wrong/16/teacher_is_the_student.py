"""The student asks itself."""
# cell: distillation
# says: the loss of distiller\.step
# replace:
        with evaluating(self.teacher):
            answers = self.teacher(x)
# by:
        with evaluating(self.model):
            answers = self.model(x)
