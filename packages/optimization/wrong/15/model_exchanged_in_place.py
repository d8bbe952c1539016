"""The layers of the model itself are exchanged."""
# cell: quantize-model
# says: of the model itself, afterwards|matrices|within|quantize_model
# replace:
    plain = fold_batch_norm(model)
# by:
    plain = model.eval()
# replace:
    return given.rebuilt(plain, make).eval()
# by:
    for _, part in list(plain.named_modules()):
        for name, value in vars(part).items():
            if type(value) in LAYERS:
                setattr(part, name, make(value))
    return plain
