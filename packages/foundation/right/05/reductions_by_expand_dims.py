"""Reshapes, spreads and permutes in other words."""
# cell: reduction-gradients
# function: mean_gradients
return (lambda g: spread(g, dim, keepdim, shape) / count,)
# function: reshape_gradients
return (lambda g: np.reshape(g, before),)
# function: permute_gradients
back = [0] * len(dims)
for i, d in enumerate(dims):
    back[d] = i
return (lambda g: g.transpose(back),)
