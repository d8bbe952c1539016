"""Reshapes, expands and permutes in other words."""
# cell: reductions
# function: mean_gradients
return (lambda g: expand(g, dim, keepdim, shape) / count,)
# cell: views
# function: reshape_gradients
return (lambda g: np.reshape(g, before),)
# function: permute_gradients
back = [0] * len(dims)
for i, d in enumerate(dims):
    back[d] = i
return (lambda g: g.transpose(back),)
