"""Fills the gradients with zeros and keeps them."""
# cell: optimizer
# says: dropped, not filled
# replace:
                p.grad = None
# by:
                if p.grad is not None:
                    p.grad.data[...] = 0
