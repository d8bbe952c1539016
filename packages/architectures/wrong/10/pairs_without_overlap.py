"""Each id belongs to one pair only: every second pair is missed."""
# cell: pairs
# says: count_pairs\(\[\[1, 2, 1, 2\]
# replace:
        counts.update(pairwise(word))
# by:
        counts.update(zip(word[::2], word[1::2]))
