"""The stand-ins all call the last of the functions."""
# cell: timed-gradient
# says: what the function returned
# replace:
        return [given.timed_part(log, forward, i, function) for i, function in enumerate(functions)]
# by:
        return [given.timed_part(log, forward, i, lambda g: functions[-1](g)) for i in range(len(functions))]
