"""Divides by the size of the input, whatever dim is."""
# cell: reductions
# says: gradient of mean
# replace:
    return (lambda g: expand(g / count, dim, keepdim, shape),)
# by:
    return (lambda g: expand(g / a.size, dim, keepdim, shape),)
