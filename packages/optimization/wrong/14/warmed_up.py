"""The operation is run once before the clock is looked at."""
# cell: timed-run
# says: the calls of `run`
# replace:
        start = clock()
# by:
        run(name, arrays, attributes)
        start = clock()
