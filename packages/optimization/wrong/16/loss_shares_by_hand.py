"""Shares are computed without the shift, and large logits overflow."""
# cell: distillation
# says: \[\[1000, 0\]\]
# replace:
        soft = log_softmax(teacher / T)
# by:
        soft = ((teacher / T).exp() / (teacher / T).exp().sum(dim=1, keepdim=True)).log()
