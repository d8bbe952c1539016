"""A mask that is multiplied; np.add.at whatever the index is."""
# cell: reductions
# function: max_gradients
mask = (a == expand(out, dim, keepdim, a.shape)).astype(g.dtype)
count = mask.sum(axis=dim, keepdims=keepdim)
return mask * expand(g / count, dim, keepdim, a.shape)
# cell: views
# function: getitem_gradients
whole = np.zeros(shape, dtype=g.dtype)
np.add.at(whole, index, g)
return whole
