"""The logits are multiplied by the temperature, which makes shares harder."""
# cell: distillation
# says: temperature=4, alpha=1\.0
# replace:
        soft = log_softmax(teacher / T)
# by:
        soft = log_softmax(teacher * T)
# replace:
log_softmax(student / T)
# by:
log_softmax(student * T)
