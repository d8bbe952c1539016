"""Makes a generator of its own, which manual_seed does not reach."""
# cell: creation
# says: manual_seed
# replace:
    return wrap(rng.standard_normal(sizes(shape), np.float32))
# by:
    return wrap(np.random.default_rng().standard_normal(sizes(shape), np.float32))
