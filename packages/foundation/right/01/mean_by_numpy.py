"""NumPy's own mean."""
# cell: mean
# function: mean
return np.mean(a, axis=dim, keepdims=keepdim)
