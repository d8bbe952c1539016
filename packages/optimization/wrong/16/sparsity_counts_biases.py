"""Zeros among the biases count as well."""
# cell: largest
# says: biases do not count
# replace:
    found = weights(model).values()
# by:
    found = list(model.parameters())
