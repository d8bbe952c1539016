"""Of equally frequent pairs the one that was met first wins."""
# cell: pairs
# says: most frequent of \{\(5, 6\): 3
# says: wanted +\(2, 9\)
# replace:
    pair = min(counts, key=lambda pair: (-counts[pair], pair), default=None)
# by:
    pair = max(counts, key=counts.get, default=None)
