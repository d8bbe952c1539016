"""The teacher's shares are taken for logits."""
# cell: distillation
# says: the loss of distiller\.step
# replace:
            answers = self.teacher(x)
# by:
            answers = log_softmax(self.teacher(x)).exp()
