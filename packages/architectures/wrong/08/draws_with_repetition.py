"""Draws each row by itself: some come twice, others never."""
# cell: loader
# says: each once
# replace:
.permutation(n) if self.shuffle
# by:
.integers(0, n, n) if self.shuffle
