"""Each of several largest elements gets the whole gradient."""
# cell: reductions
# says: max over dim 1
# replace:
        each = g / largest.sum(axis=dim, keepdims=keepdim).astype(g.dtype)
        return np.where(largest, expand(each, dim, keepdim, a.shape), 0)
# by:
        return np.where(largest, expand(g, dim, keepdim, a.shape), 0)
