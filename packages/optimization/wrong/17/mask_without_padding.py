"""The filling may be looked at."""
# cell: places
# says: mask_after\(0, 3, padding
# replace:
    return back & (np.arange(length + n) >= padding[:, None])[:, None, None, :]
# by:
    return np.tile(back, (len(padding), 1, 1, 1))
