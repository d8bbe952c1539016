"""Transposes with .T, which also reverses the batch dimensions."""
# cell: product-gradients
# says: matmul
# replace:
    return left.swapaxes(-1, -2) @ g
# by:
    return left.T @ g
