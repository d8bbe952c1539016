"""The convolution itself is changed."""
# cell: fold
# says: what conv and norm give afterwards|folded\(conv, norm\)
# replace:
    new.weight = Parameter(conv.weight.data * along_rows(factor, 4), requires_grad=False)
# by:
    conv.weight.data *= along_rows(factor, 4)
    new.weight = conv.weight
