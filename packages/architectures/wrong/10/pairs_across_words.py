"""The words are joined first, so that pairs cross from one to the next."""
# cell: pairs
# says: count_pairs\(\[\[1, 2, 1, 2\], \[2, 1\]\]\)
# replace:
    for word in words:
        counts.update(pairwise(word))
# by:
    counts.update(pairwise([token for word in words for token in word]))
