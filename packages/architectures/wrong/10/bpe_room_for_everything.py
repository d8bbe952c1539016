"""vocab_size is taken for the number of merges."""
# cell: bpe-tokenizer
# says: tokens learned with vocab_size=258
# replace:
while len(self.merges) < room and
# by:
while len(self.merges) < vocab_size and
