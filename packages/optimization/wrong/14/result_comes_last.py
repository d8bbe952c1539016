"""The inputs are handed over before the result."""
# cell: flops-of
# says: linear
# replace:
PRODUCTS[name](result, *arrays)
# by:
PRODUCTS[name](*arrays, result)
