"""The factor is taken from the other side of the diagonal."""
# cell: loop-orders
# says: matmul_by_rows\(a
# replace:
            out[i] += a[i, k] * b[k]
# by:
            out[i] += a[k, i] * b[k]
