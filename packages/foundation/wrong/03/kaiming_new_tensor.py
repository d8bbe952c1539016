"""The numbers go into a new Tensor; the one that was handed in stays as it was."""
# cell: initialization
# says: kaiming_uniform_\(w\) returns w itself
# replace:
    bound = calculate_gain(nonlinearity, a) * math.sqrt(3 / fan)
    return uniform_(tensor, -bound, bound)
# by:
    bound = calculate_gain(nonlinearity, a) * math.sqrt(3 / fan)
    return uniform_(zeros(*tensor.shape), -bound, bound)
