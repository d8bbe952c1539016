"""Bytes that are no text vanish without a mark."""
# cell: tokenizer
# says: first of the two bytes of U\+00FC
# says: got +''
# replace:
        return b"".join(tokens[i] for i in token_ids(ids, len(tokens))).decode(errors="replace")
# by:
        return b"".join(tokens[i] for i in token_ids(ids, len(tokens))).decode(errors="ignore")
