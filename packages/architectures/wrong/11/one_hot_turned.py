"""A column for each id instead of a row."""
# cell: one-hot
# says: one_hot\(\[1, 3, 1\], 4\)
# replace:
    hot = np.zeros((len(ids), classes), np.float32)
    hot[np.arange(len(ids)), ids] = 1
# by:
    hot = np.zeros((classes, len(ids)), np.float32)
    hot[ids, np.arange(len(ids))] = 1
