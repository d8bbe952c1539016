"""Looks for nan after the step, when the parameters are lost."""
# cell: train-step
# says: checked before anything changes
# replace:
    check_loss(value, where)
# by:

# replace:
    optimizer.step()
# by:
    optimizer.step()
    check_loss(value, where)
