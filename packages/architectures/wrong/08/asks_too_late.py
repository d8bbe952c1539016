"""Asks for the next batch only after the user has computed with this one."""
# cell: ordered
# says: open requests
# replace:
        if number + n * prefetch < count:
            workers[number % n].ask()
        yield batch
# by:
        yield batch
        if number + n * prefetch < count:
            workers[number % n].ask()
