"""The neighbour on the right is forgotten."""
# cell: pair-index
# says: counts after PairIndex\(\[\[1, 2, 6\]
# replace:
            start = max(i - 1, 0)
            before = word[start : i + 3]

# by:
            start = max(i - 1, 0)
            before = word[start : i + 2]

# replace:
            after = word[start : i + 2]
# by:
            after = word[start : i + 1]
