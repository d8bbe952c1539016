"""The caller is not told how long it took."""
# cell: timed-kernel
# says: own times
# replace:
        log.inner = outer + took
# by:
        log.inner = outer
