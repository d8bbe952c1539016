"""A place may not look at itself."""
# cell: masks
# says: row i allows the columns up to i
# replace:
    return wrap(np.tri(n, dtype=bool))
# by:
    return wrap(np.tri(n, k=-1, dtype=bool))
