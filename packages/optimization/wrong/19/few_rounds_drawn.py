"""Each resample holds five rounds, so that the interval is too wide."""
# cell: bootstrap
# says: in such a share
# replace:
size=(resamples, len(a))
# by:
size=(resamples, 5)
