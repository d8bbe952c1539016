"""0 and 1 as floats, which would be added to the scores."""
# cell: masks
# says: row i allows the columns up to i
# replace:
    return wrap(np.tri(n, dtype=bool))
# by:
    return wrap(np.tri(n, dtype=np.float32))
