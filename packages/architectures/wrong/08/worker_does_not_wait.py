"""Makes all its batches without waiting for requests."""
# cell: worker
# says: requests get . answers
# replace:
            pipe.recv()
            seed_batch(seed, number)
# by:
            seed_batch(seed, number)
