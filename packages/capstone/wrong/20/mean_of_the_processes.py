"""The mean of the processes: one that was interrupted moves it as far as it likes."""
# cell: side-metrics
# says: three processes with 1, 2 and 90 seconds
# replace:
statistics.median(values)
# by:
statistics.fmean(values)
