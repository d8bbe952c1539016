"""The new token is written over the last one."""
# cell: generate
# says: generate\(model, ids|full|wanted are ids
# replace:
        rows[:, end] = choose(logits.data)
# by:
        rows[:, end - 1] = choose(logits.data)
