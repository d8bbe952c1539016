"""The settings, with the number of threads, are not passed on."""
# cell: process
# says: threads=3
# says: OPENBLAS_NUM_THREADS|KeyError|AssertionError
# replace:
env=settings, 
# by:

