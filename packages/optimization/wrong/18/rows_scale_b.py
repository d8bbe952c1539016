"""The rows of b are scaled in their own memory."""
# cell: loop-orders
# says: matmul_by_rows\(a \(3, 4\)
# replace:
            out[i] += a[i, k] * b[k]
# by:
            b[k] *= a[i, k]
            out[i] += b[k]
