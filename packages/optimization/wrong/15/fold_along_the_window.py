"""The factor is multiplied along the columns of the window."""
# cell: fold
# says: folded\(conv, norm\)
# replace:
    new.weight = Parameter(conv.weight.data * along_rows(factor, 4), requires_grad=False)
# by:
    new.weight = Parameter(conv.weight.data * factor, requires_grad=False)
