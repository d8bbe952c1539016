"""Waits for the first request only."""
# cell: worker
# says: requests get . answers
# replace:
            pipe.recv()
            seed_batch(seed, number)
# by:
            if number == share[0][0]:
                pipe.recv()
            seed_batch(seed, number)
