"""The loop over k ends one too early."""
# cell: loop-orders
# says: matmul_by_outers\(a
# replace:
    for k in range(a.shape[1]):
        out +=
# by:
    for k in range(a.shape[1] - 1):
        out +=
