"""The batches are ignored."""
# cell: quantize-model
# says: which layers have a grid|calibration
# replace:
    recipe = Recipe(per_channel, None if calibration is None else calibrated(plain, calibration))
# by:
    recipe = Recipe(per_channel)
