"""The product takes the weight as it is: (out, in) where (in, out) is needed."""
# cell: linear
# says: ValueError: matmul of \(5, 3\) and \(4, 3\)
# replace:
    out = x @ weight.T

# by:
    out = x @ weight

