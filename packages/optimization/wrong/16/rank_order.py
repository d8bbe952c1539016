"""The thin layers stand in the order of the product, so that the input meets the wrong one."""
# cell: low-rank
# says: parameters' shapes
# replace:
    return Sequential(linear_of(root[:, None] * vt[:rank]), linear_of(u[:, :rank] * root, bias))
# by:
    return Sequential(linear_of(u[:, :rank] * root, bias), linear_of(root[:, None] * vt[:rank]))
