"""The old bias and the mean are not multiplied by the factor."""
# cell: fold
# says: folded\(conv, norm\)
# replace:
    new.bias = Parameter((bias - norm.running_mean.data) * factor + norm.bias.data, requires_grad=False)
# by:
    new.bias = Parameter(bias - norm.running_mean.data + norm.bias.data, requires_grad=False)
