"""Stacks the parts at once: a part that is a tuple itself is stacked to a square."""
# cell: collate
# says: the pair is collated too
# replace:
batch_of(collate(part) for part in zip(*samples, strict=True))
# by:
batch_of(stack(part) if not isinstance(part[0], str) else list(part) for part in zip(*samples, strict=True))
