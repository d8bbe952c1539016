"""The variance divides by d - 1, as statisticians do."""
# cell: layer-norm-composed
# says: layer_norm_composed\(x, weight, bias\), x of shape \(3, 4\).*difference at
# replace:
    variance = (centered * centered).mean(-1, keepdim=True)
# by:
    variance = (centered * centered).sum(-1, keepdim=True) / (x.shape[-1] - 1)
