"""The two halves by masks, each in its own form."""
# cell: sigmoid
# function: sigmoid
out, positive = np.empty_like(a), a >= 0
out[positive] = 1 / (1 + np.exp(-a[positive]))
e = np.exp(a[~positive])
out[~positive] = e / (1 + e)
return out
