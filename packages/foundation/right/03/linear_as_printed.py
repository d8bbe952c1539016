"""x @ weight.T + bias, in so many signs."""
# cell: linear
# function: linear
out = x @ weight.T
return out if bias is None else out + bias
