"""The places are taken anew in each layer."""
# cell: turn
# says: next_logits in turns of|full|cache\.length|broadcast
# replace:
            hidden = step(layer, index, hidden, mask, cache)
        cache.advance(n)
# by:
            hidden = step(layer, index, hidden, mask, cache)
            cache.advance(n)
