"""Each resample holds five rounds, so that the interval is too wide."""
# cell: bootstrap
# says: in such a share|two tails
# replace:
size=(resamples, len(a))
# by:
size=(resamples, 5)
