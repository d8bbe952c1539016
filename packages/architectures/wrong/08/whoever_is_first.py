"""Takes what the first worker has, as if there were no others."""
# cell: ordered
# says: take|ordered
# replace:
        batch = workers[number % n].take()
# by:
        batch = workers[0].take()
