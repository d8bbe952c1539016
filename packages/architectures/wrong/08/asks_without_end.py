"""Asks for more batches than there are."""
# cell: ordered
# says: number of requests
# replace:
        if number + n * prefetch < count:
            workers[number % n].ask()
# by:
        workers[number % n].ask()
