"""The count is the size before the sum over the size after it."""
# cell: mean
# function: mean
total = np.sum(a, axis=dim, keepdims=keepdim)
return total / (a.size / total.size) if total.size else total
