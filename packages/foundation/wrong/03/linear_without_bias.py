"""The bias is forgotten."""
# cell: linear
# says: linear\(x, weight, bias\), x of shape \(5, 3\)
# replace:
    out = x @ weight.T
    return out if bias is None else out + bias
# by:
    return x @ weight.T
