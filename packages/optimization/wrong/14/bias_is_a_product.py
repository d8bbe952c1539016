"""The gradient of a bias is charged as a product."""
# cell: backward
# says: i = 0, 1, 2
# replace:
        return out.size if i == 2 else PRODUCTS[name](out, *arrays[:2])
# by:
        return PRODUCTS[name](out, *arrays[:2])
