"""The functions are handed on as they are."""
# cell: timed-gradient
# says: the records: weight, bias, x
# replace:
        return [given.timed_part(log, forward, i, function) for i, function in enumerate(functions)]
# by:
        return functions
