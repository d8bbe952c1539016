"""Transposes by the numbers of the dimensions, and adds the bias in a branch of its own."""
# cell: linear
# function: linear
product = x @ weight.transpose(0, 1)
if bias is not None:
    product = product + bias
return product
