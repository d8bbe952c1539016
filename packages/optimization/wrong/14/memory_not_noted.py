"""The peak of the memory is not asked for."""
# cell: timed-kernel
# says: the peak of -a
# replace:
log.lap() if log.memory else 0
# by:
0
