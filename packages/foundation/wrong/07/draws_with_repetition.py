"""Draws every batch anew: some examples come twice, others never."""
# cell: batches
# says: all positions of
# replace:
    order = rng.permutation(n) if
# by:
    order = rng.integers(0, n, n) if
