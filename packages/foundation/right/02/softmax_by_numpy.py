"""Takes the maximum away by itself."""
# cell: softmax
# function: softmax
if a.size == 0:
    return a.copy()
e = np.exp(a - a.max(axis=dim, keepdims=True))
return e / e.sum(axis=dim, keepdims=True)
