"""The stand-in returns nothing."""
# cell: timed-kernel
# says: own result
# replace:
        log.inner = outer + took
        return result
# by:
        log.inner = outer + took
