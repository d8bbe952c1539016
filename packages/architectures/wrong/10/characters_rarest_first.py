"""The rarest characters come first."""
# cell: char-tokenizer
# says: the most frequent first
# replace:
        counts = Counter(c for c in text if len(c.encode()) > 1)
        for character in sorted(counts, key=lambda c: (-counts[c], c))[:room]:
# by:
        counts = Counter(c for c in text if len(c.encode()) > 1)
        for character in sorted(counts, key=lambda c: (counts[c], c))[:room]:
