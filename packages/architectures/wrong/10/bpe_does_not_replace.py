"""The merge is learned, but not made: the same pair comes again and again."""
# cell: bpe-tokenizer
# says: did not come to an end|tokens learned
# replace:
            index.replace(pair, self.merges[pair])

# by:

# replace:
while len(self.merges) < room and
# by:
while self.vocab_size - 257 < room and
