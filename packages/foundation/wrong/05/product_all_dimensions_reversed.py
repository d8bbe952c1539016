"""Transposes with .T, which also reverses the batch dimensions."""
# cell: product
# says: matmul
# replace:
    return (g.swapaxes(-1, -2) @ left).swapaxes(-1, -2)
# by:
    return left.T @ g
