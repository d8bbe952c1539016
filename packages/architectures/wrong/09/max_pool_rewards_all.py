"""Every number that equals the largest gets the whole gradient."""
# cell: max-pool
# says: \[\[0, 0, 7, 1\], \[0, 0, 7, 2\]\]
# replace:
            won = (under(frame, u, v, window, places) == out) & free

# by:
            won = under(frame, u, v, window, places) == out

