"""The weights are set to 0 by who only should say which."""
# cell: magnitude
# says: the model stays as it is
# replace:
    keep = largest(np.concatenate
# by:
    for name, p in weights(model).items():
        p.data[~largest(sizes[name], amount)] = 0
    keep = largest(np.concatenate
