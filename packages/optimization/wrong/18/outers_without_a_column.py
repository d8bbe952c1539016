"""The column of a is a row: it is multiplied number by number."""
# cell: loop-orders
# says: matmul_by_outers
# replace:
        out += a[:, k, None] * b[k]
# by:
        out += a[:, k] * b[k]
