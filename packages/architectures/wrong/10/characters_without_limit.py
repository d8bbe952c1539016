"""vocab_size is not heeded."""
# cell: char-tokenizer
# says: vocab_size=258
# says: å|xe5
# replace:
        counts = Counter(c for c in text if len(c.encode()) > 1)
        for character in sorted(counts, key=lambda c: (-counts[c], c))[:room]:
# by:
        counts = Counter(c for c in text if len(c.encode()) > 1)
        for character in sorted(counts, key=lambda c: (-counts[c], c)):
