"""The array's own methods; a transposition as a permutation."""
# cell: views
# function: reshape
return np.reshape(a, shape)
# function: permute
return a.transpose(*dims)
# function: transpose
order = list(range(a.ndim))
order[dim0], order[dim1] = order[dim1], order[dim0]
return a.transpose(order)
