"""The student's logits lose their history, and nobody learns."""
# cell: distillation
# says: the gradient of the student's logits
# replace:
        apart = (soft.exp() * (soft - log_softmax(student / T))).sum(dim=1).mean()
# by:
        apart = (soft.exp() * (soft - log_softmax(student.detach() / T))).sum(dim=1).mean()
