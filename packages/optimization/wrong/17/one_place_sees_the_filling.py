"""The mask is not used."""
# cell: one-place
# says: mask one column of padding
# replace:
        scores = np.where(mask[:, :, 0], scores, LOWEST)
# by:
        scores = scores * 1
