"""The plain mean is taken away, not the mean weighted with the shares."""
# cell: attention-gradients
# says: scores_gradient\(g, v, weights\)
# replace:
    slope -= np.vecdot(slope, weights)[..., None]

# by:
    slope -= slope.mean(axis=-1, keepdims=True)

