"""Of equal numbers the last one gets the gradient."""
# cell: max-pool
# says: \[\[0, 0, 7, 1\], \[0, 0, 7, 2\]\]
# replace:
        for u, v in np.ndindex(*kernel_size):
            won = (
# by:
        for u, v in reversed(list(np.ndindex(*kernel_size))):
            won = (
