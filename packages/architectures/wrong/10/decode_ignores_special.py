"""The names of special tokens are never shown."""
# cell: tokenizer
# says: the same with special=True
# says: wanted +'hi<end><pad>'
# replace:
        return b"".join(tokens[i] for i in token_ids(ids, len(tokens))).decode(errors="replace")
# by:
        return b"".join(self.tokens[i] for i in token_ids(ids, len(tokens))).decode(errors="replace")
