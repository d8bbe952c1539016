"""Says that every result requires a gradient."""
# cell: record
# says: does not require one|requires_grad
# replace:
    if not requires_gradient(inputs):
        return
# by:
    result.requires_grad = True
