"""Makes the arrays while it copies: an entry that is a text is found when others have changed."""
# cell: load-into
# says: nothing may be changed
# replace:
    arrays = {name: as_array(state[name]) for name in own if name in state}
    for name, array in arrays.items():
        if array.shape != own[name].shape:
            raise RuntimeError(f"{name} has shape {own[name].shape}, the state has {array.shape}")
    for name, array in arrays.items():
        own[name].data[...] = array
# by:
    arrays = {name: state[name] for name in own if name in state}
    for name, array in arrays.items():
        shape = np.shape(array.data if isinstance(array, Tensor) else array)
        if shape != own[name].shape and not isinstance(array, str):
            raise RuntimeError(f"{name} has shape {own[name].shape}, the state has {shape}")
    for name, array in arrays.items():
        own[name].data[...] = as_array(array)
