"""The mask leaves out the columns at the right."""
# cell: places
# says: mask_after\(0, 3, padding
# replace:
(np.arange(length + n) >= padding[:, None])
# by:
(np.arange(length + n) < length + n - padding[:, None])
