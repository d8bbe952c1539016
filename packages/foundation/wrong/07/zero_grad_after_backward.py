"""Drops the gradients between backward and step: nothing is learned."""
# cell: train-step
# says: the weight after one step
# replace:
    optimizer.zero_grad()
# by:

# replace:
    loss.backward()
# by:
    loss.backward()
    optimizer.zero_grad()
