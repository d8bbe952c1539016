"""Multiplies entry by entry instead of row by column."""
# cell: matmul
# says: matmul of \(2, 3\) and \(3, 4\)
# replace:
    return np.matmul(a, b)
# by:
    return a * b
