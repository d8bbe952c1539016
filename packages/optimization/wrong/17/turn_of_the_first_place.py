"""The first place is asked what comes next."""
# cell: turn
# says: next_logits\(model, ids, KVCache
# replace:
hidden[:, -1]
# by:
hidden[:, 0]
