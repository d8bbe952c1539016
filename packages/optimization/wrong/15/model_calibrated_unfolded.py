"""The model that was given is calibrated, whose weights are others than the copy's."""
# cell: quantize-model
# says: which layers have a grid|cnn, calibration
# replace:
    recipe = Recipe(per_channel, None if calibration is None else calibrated(plain, calibration))
# by:
    recipe = Recipe(per_channel, None if calibration is None else calibrated(model, calibration))
