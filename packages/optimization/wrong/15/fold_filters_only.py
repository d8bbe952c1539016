"""The filters are scaled and the bias stays as it was."""
# cell: fold
# says: folded\(conv, norm\)|AttributeError|NoneType
# replace:
    new.bias = Parameter((bias - norm.running_mean.data) * factor + norm.bias.data, requires_grad=False)
# by:
    new.bias = conv.bias
