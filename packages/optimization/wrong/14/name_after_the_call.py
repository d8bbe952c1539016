"""The name is written when forward is over."""
# cell: exchanged
# says: a part of a part|a forward that fails
# replace:
        outside, log.module = log.module, name
        try:
            return forward(*inputs, **options)
        finally:
            log.module = outside
# by:
        result = forward(*inputs, **options)
        log.module = name
        return result
