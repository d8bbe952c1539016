"""Drops requires_grad."""
# cell: tensor
# says: requires_grad
# replace:
        self.requires_grad = requires_grad
# by:
        self.requires_grad = False
