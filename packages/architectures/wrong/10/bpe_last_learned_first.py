"""The pair that was learned last is merged first."""
# cell: bpe-tokenizer
# says: "abcd" after learning bc, ab, cd
# replace:
            pair = min(known, key=self.merges.get)
# by:
            pair = max(known, key=self.merges.get)
