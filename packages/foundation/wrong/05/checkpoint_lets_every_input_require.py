"""Lets every input of the second run require a gradient."""
# cell: checkpoint
# says: requires no gradient
# replace:
            x.requires_grad = needed
# by:
            x.requires_grad = True
