"""The functions are called when they should be handed on."""
# cell: timed-gradients
# says: rows before the way back
# replace:
        return [given.timed_part(log, forward, i, function) for i, function in enumerate(functions)]
# by:
        return [given.timed_part(log, forward, i, function)(result.data) for i, function in enumerate(functions)]
