"""The cache is never told that the places are taken."""
# cell: turn
# says: next_logits in turns of|cache\.length after turns
# replace:
        cache.advance(n)

# by:

