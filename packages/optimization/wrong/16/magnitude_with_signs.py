"""Negative weights count as small."""
# cell: magnitude
# says: sizes 1 to 12, half of them
# replace:
    sizes = {name: abs(p.data) for name, p in weights(model).items()}
# by:
    sizes = {name: p.data for name, p in weights(model).items()}
