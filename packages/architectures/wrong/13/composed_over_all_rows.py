"""The mean and the variance of everything, not of each row."""
# cell: layer-norm-composed
# says: layer_norm_composed\(x, weight, bias\), x of shape \(3, 4\)
# replace:
    centered = x - x.mean(-1, keepdim=True)
    variance = (centered * centered).mean(-1, keepdim=True)
# by:
    centered = x - x.mean()
    variance = (centered * centered).mean()
