"""A layer without a bias adds None."""
# cell: linear
# says: linear\(x, weight\), no bias
# replace:
    out = x @ weight.T
    return out if bias is None else out + bias
# by:
    return x @ weight.T + bias
