"""The mask allows looking ahead and forbids looking back."""
# cell: masks
# says: row i allows the columns up to i
# replace:
    return wrap(np.tri(n, dtype=bool))
# by:
    return wrap(np.tri(n, dtype=bool).T)
