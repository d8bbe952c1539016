"""What was said about rows is ignored."""
# cell: quantize-model
# says: the shapes of the scales of quantize_model\(cnn, per_channel\)
# replace:
    recipe = Recipe(per_channel, None if calibration is None else calibrated(plain, calibration))
# by:
    recipe = Recipe(None, None if calibration is None else calibrated(plain, calibration))
