"""The shapes are compared while copying: what came before the error stays changed."""
# cell: load-into
# says: a after that error: nothing may be changed
# replace:
            raise RuntimeError(f"{name} has shape {own[name].shape}, the state has {array.shape}")
    for name, array in arrays.items():
# by:
            raise RuntimeError(f"{name} has shape {own[name].shape}, the state has {array.shape}")
