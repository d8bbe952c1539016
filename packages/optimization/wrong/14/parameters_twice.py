"""A parameter that two parts share is counted twice."""
# cell: totals
# says: count_parameters
# replace:
    return sum(parameter.size for parameter in model.parameters())
# by:
    return sum(tensor.size for _, tensor in model.named_tensors())
