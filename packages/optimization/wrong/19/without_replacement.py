"""Rounds are shuffled instead of drawn with replacement, and no ratio differs from another."""
# cell: bootstrap
# says: in such a share
# replace:
generator.integers(len(a), size=(resamples, len(a)))
# by:
generator.permuted(np.tile(np.arange(len(a)), (resamples, 1)), axis=1)
