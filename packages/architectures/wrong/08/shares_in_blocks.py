"""Each worker gets a block of neighbouring batches: the first one has to be waited for."""
# cell: worker
# says: share_of
# replace:
    return list(enumerate(batches))[worker::num_workers]
# by:
    size = -(-len(batches) // num_workers)
    return list(enumerate(batches))[worker * size : (worker + 1) * size]
