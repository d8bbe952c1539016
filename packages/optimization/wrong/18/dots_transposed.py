"""The result has its two indices exchanged."""
# cell: loop-orders
# says: matmul_by_dots
# replace:
            out[i, j] = a[i] @ b[:, j]
# by:
            out[j, i] = a[i] @ b[:, j]
