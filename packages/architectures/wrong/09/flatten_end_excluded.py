"""end_dim is left out, as the end of a slice would be."""
# cell: flatten
# says: Flatten
# replace:
math.prod(x.shape[start : end + 1]), *x.shape[end + 1 :]
# by:
math.prod(x.shape[start:end]), *x.shape[end:]
