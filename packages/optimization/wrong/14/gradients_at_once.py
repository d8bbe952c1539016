"""The functions are called when they should be handed on."""
# cell: timed-gradient
# says: rows before the backward pass
# replace:
        return [given.timed_part(log, forward, i, function) for i, function in enumerate(functions)]
# by:
        return [given.timed_part(log, forward, i, function)(out) for i, function in enumerate(functions)]
