"""Softmax's gradient without what the other shares give up."""
# cell: attention-gradients
# says: scores_gradient\(g, v, weights\)
# replace:
    slope -= np.vecdot(slope, weights)[..., None]

# by:

