"""The one operation forgets the scale."""
# cell: one-operation
# says: shares_of\(q \(2, 3, 4\), k \(2, 5, 4\)\)
# replace:
np.matmul(q * max(q.shape[-1], 1) ** -0.5, k
# by:
np.matmul(q, k
