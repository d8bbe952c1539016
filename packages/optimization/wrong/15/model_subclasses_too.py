"""A layer with a forward of its own is exchanged as if it had none."""
# cell: quantize-model
# says: a subclass with a forward of its own|used twice is within
# replace:
    make = lambda part: LAYERS[type(part)](part, recipe) if type(part) in LAYERS else None  # noqa: E731 - used once
# by:
    found = lambda part: next((new for old, new in LAYERS.items() if isinstance(part, old)), None)  # noqa: E731
    make = lambda part: found(part)(part, recipe) if found(part) else None  # noqa: E731
