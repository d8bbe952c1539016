"""1 / (1 + exp(-a)) where that is safe, exp(a) / (1 + exp(a)) elsewhere, by np.where."""
# cell: sigmoid
# function: sigmoid
e = np.exp(-np.abs(a))
return np.where(a < 0, e, 1) / (1 + e)
