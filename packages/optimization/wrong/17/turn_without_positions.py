"""The ids are embedded as if they stood at the start."""
# cell: turn
# says: next_logits in turns of
# replace:
model.embed(ids, positions)
# by:
model.embed(ids)
