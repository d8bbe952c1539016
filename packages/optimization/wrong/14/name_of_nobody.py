"""Behind a part the log believes that no module is running."""
# cell: exchanged
# says: a part of a part
# replace:
        outside, log.module = log.module, name
        try:
            return forward(*inputs, **options)
        finally:
            log.module = outside
# by:
        log.module = name
        try:
            return forward(*inputs, **options)
        finally:
            log.module = OUTSIDE
