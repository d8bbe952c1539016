"""Every batch starts from the seed of the epoch."""
# cell: worker
# says: six times different
# says: seed_batch\(seed, number\)
# replace:
            seed_batch(seed, number)
# by:
            seed_batch(seed, 0)
