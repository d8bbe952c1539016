"""Only the teacher's logits are divided by the temperature."""
# cell: distillation
# says: temperature=4, alpha=1\.0
# replace:
        apart = (soft.exp() * (soft - log_softmax(student / T))).sum(dim=1).mean()
# by:
        apart = (soft.exp() * (soft - log_softmax(student))).sum(dim=1).mean()
