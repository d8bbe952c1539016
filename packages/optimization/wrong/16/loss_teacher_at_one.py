"""Only the student's logits are divided by the temperature."""
# cell: distillation
# says: temperature=4, alpha=1\.0
# replace:
        soft = log_softmax(teacher / T)
# by:
        soft = log_softmax(teacher)
