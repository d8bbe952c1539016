"""The sums are taken over the queries."""
# cell: one-operation
# says: shares_in_place\(scores, mask\), mask None
# replace:
    sums = scores @ np.ones(scores.shape[-1], scores.dtype)
# by:
    sums = scores.sum(axis=-2)
