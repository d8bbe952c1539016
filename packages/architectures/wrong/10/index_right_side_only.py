"""The neighbour on the left is forgotten."""
# cell: pair-index
# says: counts after PairIndex\(\[\[5, 1, 2\]
# says: difference|part|wanted
# replace:
            start = max(i - 1, 0)
            before = word[start : i + 3]

# by:
            start = i
            before = word[start : i + 3]

