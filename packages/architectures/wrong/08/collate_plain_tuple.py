"""A batch of pairs is a plain tuple, so that batch.x does not exist."""
# cell: collate
# says: collate of three pairs
# replace:
batch_of(collate(part) for part in zip(*samples, strict=True))
# by:
tuple(collate(part) for part in zip(*samples, strict=True))
