"""Ids are counted from 1: the new token is entered under the id after its own."""
# cell: tokenizer
# says: first byte's id comes after the special token|returns the next id
# says: wanted +257
# replace:
        self.ids[token] = len(self.tokens)
        self.tokens.append(token)
# by:
        self.tokens.append(token)
        self.ids[token] = len(self.tokens)
