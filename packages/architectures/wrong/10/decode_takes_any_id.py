"""Ids are not looked at: -1 is the last token."""
# cell: tokenizer
# says: decode\(\[1000\]\)
# says: IndexError
# replace:
        return b"".join(tokens[i] for i in token_ids(ids, len(tokens))).decode(errors="replace")
# by:
        return b"".join(tokens[i] for i in ids).decode(errors="replace")
