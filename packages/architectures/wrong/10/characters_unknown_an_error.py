"""A character that training has not seen is an error."""
# cell: char-tokenizer
# says: which it has not seen|decode\(encode
# says: KeyError
# replace:
            known = self.ids.get(character.encode())
            ids += self.spell(character) if known is None else [known]
# by:
            ids.append(self.ids[character.encode()])
