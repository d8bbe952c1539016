"""eps is added to the root, not under it."""
# cell: layer-norm-composed
# says: eps stands under the root
# replace:
    return centered / (variance + eps).sqrt() * weight + bias
# by:
    return centered / (variance.sqrt() + eps) * weight + bias
