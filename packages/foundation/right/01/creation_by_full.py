"""np.full, and normal numbers made float32 at the end."""
# cell: creation
# function: zeros
return wrap(np.full(sizes(shape), 0, dtype=np.float32))
# function: ones
return wrap(np.full(sizes(shape), 1.0, dtype=np.float32))
# function: randn
return wrap(np.asarray(rng.normal(0.0, 1.0, sizes(shape)), np.float32))
