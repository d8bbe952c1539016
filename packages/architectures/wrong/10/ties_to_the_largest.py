"""Of equally frequent pairs the largest wins."""
# cell: pairs
# says: most frequent of \{\(5, 6\): 3
# says: got +\(5, 6\)
# replace:
    pair = min(counts, key=lambda pair: (-counts[pair], pair), default=None)
# by:
    pair = max(counts, key=lambda pair: (counts[pair], pair), default=None)
