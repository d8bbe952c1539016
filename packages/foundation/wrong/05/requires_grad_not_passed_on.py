"""Records the node and forgets that the result requires a gradient."""
# cell: record
# says: requires_grad
# replace:
        result.requires_grad = True

# by:

