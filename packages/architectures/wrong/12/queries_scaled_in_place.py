"""The caller's queries are scaled in place."""
# cell: one-operation
# says: q afterwards
# replace:
    scores = np.matmul(q * max(q.shape[-1], 1) ** -0.5, k.swapaxes(-1, -2))
# by:
    q *= max(q.shape[-1], 1) ** -0.5
    scores = np.matmul(q, k.swapaxes(-1, -2))
