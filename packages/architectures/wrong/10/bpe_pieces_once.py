"""Each different piece counts once, however often it occurs."""
# cell: bpe-tokenizer
# says: first token learned from "ab cd cd cd"|tokens learned
# replace:
        pieces = Counter(PIECES.findall(text))
# by:
        pieces = Counter(set(PIECES.findall(text)))
