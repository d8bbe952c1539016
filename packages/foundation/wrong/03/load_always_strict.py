"""strict=False makes no difference."""
# cell: load-into
# says: the state does not fit
LoadResult = namedtuple("LoadResult", "missing_keys unexpected_keys")


def load_into(own, state, strict=True):
    """Copy `state`, {name: Tensor or array}, into the Tensors of `own`: all of it or, on an error, nothing."""
    result = LoadResult(
        [name for name in own if name not in state], [name for name in state if name not in own]
    )
    if any(result):
        raise RuntimeError(f"the state does not fit: {result}")
    arrays = {name: as_array(state[name]) for name in own if name in state}
    for name, array in arrays.items():
        if array.shape != own[name].shape:
            raise RuntimeError(f"{name} has shape {own[name].shape}, the state has {array.shape}")
    for name, array in arrays.items():
        own[name].data[...] = array
    return result
