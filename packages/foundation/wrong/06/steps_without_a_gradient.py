"""Hands over the parameters that have no gradient, too."""
# cell: optimizer
# says: only those with a gradient
# replace:
                params = [p for p in group["params"] if p.grad is not None]
# by:
                params = list(group["params"])
