"""The number of threads that was asked for is ignored."""
# cell: process
# says: threads=3
# replace:
environment(threads)
# by:
environment(1)
