"""The function mentions a: the input stays in memory until the backward pass."""
# cell: reductions
# says: is freed once
# replace:
    return (lambda g: expand(g, dim, keepdim, shape),)
# by:
    return (lambda g: expand(g, dim, keepdim, a.shape),)
