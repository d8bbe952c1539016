"""Every function is noted as that of input 0."""
# cell: timed-gradient
# says: the records: weight, bias, x
# replace:
given.timed_part(log, forward, i, function)
# by:
given.timed_part(log, forward, 0, function)
