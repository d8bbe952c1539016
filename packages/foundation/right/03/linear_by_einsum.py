"""einsum over any leading dimensions."""
# cell: linear
# function: linear
out = np.einsum("...i,oi->...o", x, weight)
return out if bias is None else out + bias
