"""Leaves the gradients of the batch before in place: they add up."""
# cell: train-step
# says: the gradients do not add up
# replace:
    optimizer.zero_grad()
# by:

