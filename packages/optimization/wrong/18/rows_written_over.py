"""Each row of b takes the place of the sum so far."""
# cell: loop-orders
# says: matmul_by_rows\(a
# replace:
            out[i] += a[i, k] * b[k]
# by:
            out[i] = a[i, k] * b[k]
