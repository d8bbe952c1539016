"""The lengths are returned in the place of the padding."""
# cell: places
# says: its padding|left_pad
# replace:
    return ids, padding
# by:
    return ids, np.array([len(text) for text in texts])
