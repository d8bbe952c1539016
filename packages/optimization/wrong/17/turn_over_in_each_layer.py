"""The places are taken anew in each layer."""
# cell: turn
# says: next_logits|full|cache\.length|broadcast
# replace:
        hidden = attend(layer, index, hidden, mask, cache)
# by:
        hidden = attend(layer, index, hidden, mask, cache)
        cache.advance(hidden.shape[1])
