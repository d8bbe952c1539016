"""Only one merge is made in a piece."""
# cell: bpe-tokenizer
# says: "abxcd"|"abcd
# says: b'x', b'c', b'd'|b'a', b'bc', b'd'
# replace:
        while known := [
# by:
        if known := [
