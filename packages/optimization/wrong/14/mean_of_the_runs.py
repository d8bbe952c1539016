"""The mean of the seconds is taken, which one bad run can move."""
# cell: profile
# says: medians
# replace:
median(r.seconds for r in same)
# by:
fmean(r.seconds for r in same)
