"""Neighbours are merged from the left, in whatever order they were learned."""
# cell: bpe-tokenizer
# says: "abcd" after learning bc, ab, cd
# says: got +\[b'ab', b'cd'\]
# replace:
            pair = min(known, key=self.merges.get)
# by:
            pair = known[0]
