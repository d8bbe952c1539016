"""Draws from the shared generator, seed or not."""
# cell: split
# says: same seed
# replace:
    order = generator.permutation(len(dataset))
# by:
    order = rng.permutation(len(dataset))
