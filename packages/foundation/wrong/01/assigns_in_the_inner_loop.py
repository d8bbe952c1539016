"""Writes `=` instead of `+=` in the inner loop: only the last product survives."""
# cell: matmul-explicit
# says: matmul_explicit
# replace:
                out[i, j] += a.data[i, k] * b.data[k, j]
# by:
                out[i, j] = a.data[i, k] * b.data[k, j]
