"""Drops the gradients of the first group only."""
# cell: optimizer
# says: second group
# replace:
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = None
# by:
        for p in self.param_groups[0]["params"]:
            p.grad = None
