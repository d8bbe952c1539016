"""The mean is taken over the classes, too."""
# cell: distillation
# says: temperature=1, alpha=1\.0.*got +0\.212
# replace:
        apart = (soft.exp() * (soft - log_softmax(student / T))).sum(dim=1).mean()
# by:
        apart = (soft.exp() * (soft - log_softmax(student / T))).mean()
