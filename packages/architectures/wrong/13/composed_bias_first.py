"""The bias is added before the weight is applied."""
# cell: layer-norm-composed
# says: layer_norm_composed\(x, weight, bias\), x of shape \(3, 4\).*difference at
# replace:
    return centered / (variance + eps).sqrt() * weight + bias
# by:
    return (centered / (variance + eps).sqrt() + bias) * weight
