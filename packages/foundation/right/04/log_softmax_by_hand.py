"""Takes the maximum away by itself."""
# cell: log-softmax
# function: log_of_softmax
if a.size == 0:
    return a
z = a - a.max(axis=dim, keepdims=True)
return z - np.log(np.exp(z).sum(axis=dim, keepdims=True))
