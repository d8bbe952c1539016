"""Every row gets the ones of all ids."""
# cell: one-hot
# says: one_hot\(\[1, 3, 1\], 4\).*difference at
# replace:
    hot[np.arange(len(ids)), ids] = 1
# by:
    hot[:, ids] = 1
