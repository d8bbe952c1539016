"""The text is not cut into pieces: tokens reach over blanks."""
# cell: bpe-tokenizer
# says: tokens learned
# replace:
        pieces = Counter(PIECES.findall(text))
# by:
        pieces = Counter([text])
