"""Each column is normalized over the rows, as batch normalization would."""
# cell: layer-norm-composed
# says: layer_norm_composed\(x, weight, bias\), x of shape \(3, 4\)
# replace:
    centered = x - x.mean(-1, keepdim=True)
    variance = (centered * centered).mean(-1, keepdim=True)
# by:
    centered = x - x.mean(0, keepdim=True)
    variance = (centered * centered).mean(0, keepdim=True)
