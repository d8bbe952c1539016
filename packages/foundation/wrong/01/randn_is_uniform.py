"""Takes uniform numbers for normal ones."""
# cell: creation
# says: mean
# replace:
    return wrap(rng.standard_normal(sizes(shape), np.float32))
# by:
    return wrap(rng.random(sizes(shape), np.float32))
