"""The head reads rows that were not normalized."""
# cell: turn
# says: next_logits\(model, ids, KVCache
# replace:
model.head(model.norm(hidden[:, -1]))
# by:
model.head(hidden[:, -1])
