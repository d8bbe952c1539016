"""Only linear layers are exchanged."""
# cell: quantize-model
# says: the shapes of the scales|the matrices that are not int8
# replace:
    make = lambda part: LAYERS[type(part)](part, recipe) if type(part) in LAYERS else None  # noqa: E731 - used once
# by:
    make = lambda part: QuantizedLinear(part, recipe) if type(part) is Linear else None  # noqa: E731 - used once
