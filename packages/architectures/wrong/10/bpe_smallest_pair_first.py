"""The smallest pair of ids is merged first, not the one learned first."""
# cell: bpe-tokenizer
# says: "abcd" after learning bc, ab, cd
# replace:
            pair = min(known, key=self.merges.get)
# by:
            pair = min(known)
