"""A pair that a word has twice is counted once."""
# cell: pairs
# says: count_pairs\(\[\[1, 2, 1, 2\]
# replace:
        counts.update(pairwise(word))
# by:
        counts.update(set(pairwise(word)))
