"""The workers' random numbers go on from the copied state."""
# cell: worker
# says: worker 1 of 2 makes them
# says: seed_batch\(seed, number\)
# replace:
            pipe.recv()
            seed_batch(seed, number)
# by:
            pipe.recv()
