"""The mean is not taken away."""
# cell: layer-norm-composed
# says: layer_norm_composed\(x, weight, bias\), x of shape \(3, 4\).*difference at
# replace:
    centered = x - x.mean(-1, keepdim=True)
# by:
    centered = x
