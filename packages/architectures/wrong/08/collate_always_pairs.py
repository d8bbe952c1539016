"""Takes for granted that every sample is a pair."""
# cell: collate
# says: three parts
# replace:
        return batch_of(collate(part) for part in zip(*samples, strict=True))
# by:
        x, y = zip(*samples, strict=True)
        return Batch(collate(x), collate(y))
