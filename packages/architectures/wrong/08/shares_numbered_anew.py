"""Numbers the batches of a share from 0, so that two workers have the same numbers."""
# cell: worker
# says: share_of
# replace:
    return list(enumerate(batches))[worker::num_workers]
# by:
    return list(enumerate(batches[worker::num_workers]))
