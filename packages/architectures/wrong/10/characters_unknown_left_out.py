"""A character that training has not seen is left out."""
# cell: char-tokenizer
# says: which it has not seen
# says: got +\[\]
# replace:
            ids += self.spell(character) if known is None else [known]
# by:
            ids += [] if known is None else [known]
