"""The mean is left out."""
# cell: fold
# says: folded\(conv, norm\)
# replace:
    new.bias = Parameter((bias - norm.running_mean.data) * factor + norm.bias.data, requires_grad=False)
# by:
    new.bias = Parameter(bias * factor + norm.bias.data, requires_grad=False)
