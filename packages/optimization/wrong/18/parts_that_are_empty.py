"""More parts than rows are made, and some are empty."""
# cell: threads
# says: how many parts parts_of\(2, 5\) has
# replace:
    parts = max(1, min(parts, count))

# by:

