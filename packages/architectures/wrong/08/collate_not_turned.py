"""Collates each sample, and not each part: the batch lists samples."""
# cell: collate
# says: collate of three pairs
# replace:
batch_of(collate(part) for part in zip(*samples, strict=True))
# by:
batch_of(collate(list(sample)) for sample in samples)
