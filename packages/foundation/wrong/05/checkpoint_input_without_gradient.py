"""Wraps the inputs anew and forgets that they require a gradient."""
# cell: checkpoint
# says: x.grad
# says: None|no gradient
# replace:
            x.requires_grad = needed
# by:
            pass
