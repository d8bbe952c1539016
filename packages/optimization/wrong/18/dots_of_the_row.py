"""A row of b is taken where its column belongs."""
# cell: loop-orders
# says: matmul_by_dots\(a \(3, 4\), b \(4, 5\)\)
# replace:
            out[i, j] = a[i] @ b[:, j]
# by:
            out[i, j] = a[i] @ b[j]
