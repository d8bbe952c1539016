"""Says that every result requires a gradient."""
# cell: record
# says: does not require one|requires_grad
# replace:
    if not wanted(inputs):
        return
# by:
    result.requires_grad = True
