"""Shuffles with NumPy's own generator, which no seed of ours reaches."""
# cell: batches
# says: shared generator
# replace:
    order = rng.permutation(n) if
# by:
    order = np.random.default_rng().permutation(n) if
