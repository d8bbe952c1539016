"""The operation is run once before the clock is looked at."""
# cell: timed-kernel
# says: the calls of the kernel
# replace:
        start = clock()
# by:
        kernel(*arrays, **attributes)
        start = clock()
