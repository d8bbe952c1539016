"""The mask is not used."""
# cell: one-place
# says: mask one column of padding
# replace:
    if mask is not None:
        scores = np.where(mask[:, :, 0], scores, LOWEST)

# by:

