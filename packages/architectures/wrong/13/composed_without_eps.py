"""A row of equal numbers is divided by zero."""
# cell: layer-norm-composed
# says: eps keeps the division alive
# replace:
    return centered / (variance + eps).sqrt() * weight + bias
# by:
    return centered / variance.sqrt() * weight + bias
