"""The new column is put on the left."""
# cell: generate
# says: generate\(model, \[1, 2\], 7, temperature=0\)|first columns
# replace:
np.concatenate([rows, new[:, None]], axis=1)
# by:
np.concatenate([new[:, None], rows], axis=1)
