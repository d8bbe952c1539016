"""The best run is taken for the usual one."""
# cell: profile
# says: medians
# replace:
median(r.seconds for r in same)
# by:
min(r.seconds for r in same)
