"""Each token is made text by itself: a character that is spread over several is lost."""
# cell: tokenizer
# says: decode\(\) of the bytes of 'Z\\xfcrich'
# says: wanted +'Zürich'
# says: got +'Z\W+rich'
# replace:
        return b"".join(tokens[i] for i in token_ids(ids, len(tokens))).decode(errors="replace")
# by:
        return "".join(tokens[i].decode(errors="replace") for i in token_ids(ids, len(tokens)))
