"""Each layer has a recipe of its own, and packs a shared weight again."""
# cell: quantize-model
# says: one array of bytes for both
# replace:
    make = lambda part: LAYERS[type(part)](part, recipe) if type(part) in LAYERS else None  # noqa: E731 - used once
# by:
    make = lambda part: LAYERS[type(part)](part, Recipe(per_channel, recipe.calibrator)) if type(part) in LAYERS else None  # noqa: E731 - used once
