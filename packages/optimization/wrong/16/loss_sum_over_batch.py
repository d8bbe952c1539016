"""The examples are added up, so that it depends on the size of the batch."""
# cell: distillation
# says: temperature=1, alpha=1\.0.*got +2\.545
# replace:
        apart = (soft.exp() * (soft - log_softmax(student / T))).sum(dim=1).mean()
# by:
        apart = (soft.exp() * (soft - log_softmax(student / T))).sum()
