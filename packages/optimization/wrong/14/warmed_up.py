"""The kernel is run once before the clock is looked at."""
# cell: timed-kernel
# says: own times
# replace:
        start = clock()
# by:
        kernel(*arrays, **attributes)
        start = clock()
