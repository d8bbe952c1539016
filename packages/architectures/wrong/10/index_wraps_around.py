"""At the head of a word the slice begins at -1, which is its end."""
# cell: pair-index
# says: counts after PairIndex\(\[\[1, 2, 6\]
# replace:
            start = max(i - 1, 0)
            before = word[start : i + 3]

# by:
            start = i - 1
            before = word[start : i + 3]

