"""The shapes are not compared, and broadcasting fills in what does not fit."""
# cell: load-into
# says: b of shape \(1,\) where \(2,\) is expected
# says: no error
# replace:
        if array.shape != own[name].shape:
            raise RuntimeError(f"{name} has shape {own[name].shape}, the state has {array.shape}")
# by:
        pass
