"""The student's shares say what counts, not the teacher's."""
# cell: distillation
# says: temperature=1, alpha=1\.0
# replace:
        soft = log_softmax(teacher / T)
        apart = (soft.exp() * (soft - log_softmax(student / T))).sum(dim=1).mean()
# by:
        soft = log_softmax(student / T)
        apart = (soft.exp() * (soft - log_softmax(teacher / T))).sum(dim=1).mean()
