"""The gradient of the weight is charged with adding the bias."""
# cell: backward
# says: i = 0, 1, 2
# replace:
        return out.size if i == 2 else PRODUCTS[name](out, *arrays[:2])
# by:
        return out.size if i == 2 else PRODUCTS[name](out, *arrays)
