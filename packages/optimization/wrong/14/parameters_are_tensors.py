"""The tensors are counted, not their numbers."""
# cell: totals
# says: count_parameters
# replace:
    return sum(parameter.size for parameter in model.parameters())
# by:
    return len(list(model.parameters()))
