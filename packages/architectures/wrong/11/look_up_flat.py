"""The shape of the ids is lost."""
# cell: look-up
# says: ids of shape \(2, 3\)
# replace:
    return weight.take(ids, axis=0)
# by:
    return weight.take(np.reshape(ids, -1), axis=0)
