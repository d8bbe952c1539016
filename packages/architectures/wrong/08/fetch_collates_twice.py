"""Collates what is a batch already."""
# cell: fetch
# says: fetch|batch
# replace:
    return collate(samples) if isinstance(samples, list) else as_batch(samples)
# by:
    return collate(samples)
