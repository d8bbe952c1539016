"""The tokens of characters are never used."""
# cell: char-tokenizer
# says: encode\("a.u00fca"\)
# replace:
            known = self.ids.get(character.encode())
            ids += self.spell(character) if known is None else [known]
# by:
            ids += self.spell(character)
