"""Everything is computed again although there is a cache."""
# cell: generate
# says: cache=True\), in 3 layers
# replace:
        if cache:
            logits = next_logits(model, rows[:, kept.length : end], kept)
        else:
            logits = without_cache(model, rows[:, :end], padding)
# by:
        logits = without_cache(model, rows[:, :end], padding)
