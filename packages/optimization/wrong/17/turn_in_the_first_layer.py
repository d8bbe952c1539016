"""All layers are told that they are number 0."""
# cell: turn
# says: next_logits in turns of
# replace:
step(layer, index, hidden
# by:
step(layer, 0, hidden
