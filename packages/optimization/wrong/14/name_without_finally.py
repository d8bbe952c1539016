"""The name of the module stays when forward fails."""
# cell: exchanged
# says: the module of the log afterwards
# replace:
        outside, log.module = log.module, name
        try:
            return forward(*inputs, **options)
        finally:
            log.module = outside
# by:
        outside, log.module = log.module, name
        result = forward(*inputs, **options)
        log.module = outside
        return result
