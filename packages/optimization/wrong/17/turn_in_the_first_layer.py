"""All layers are told that they are number 0."""
# cell: turn
# says: next_logits in turns of
# replace:
attend(layer, index, hidden
# by:
attend(layer, 0, hidden
