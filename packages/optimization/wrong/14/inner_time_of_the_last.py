"""Of several operations inside one, only the last is taken off."""
# cell: timed-kernel
# says: own times
# replace:
        log.inner = outer + took
# by:
        log.inner = took
