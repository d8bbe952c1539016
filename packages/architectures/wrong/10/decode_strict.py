"""Bytes that are no text are an error."""
# cell: tokenizer
# says: first of the two bytes of U\+00FC
# says: UnicodeDecodeError
# replace:
        return b"".join(tokens[i] for i in token_ids(ids, len(tokens))).decode(errors="replace")
# by:
        return b"".join(tokens[i] for i in token_ids(ids, len(tokens))).decode()
