"""The mean of the peaks: a device of that size would be too small for half of the runs."""
# cell: side-metrics
# says: peak_memory_bytes of processes
# replace:
max(side["peak_memory_bytes"])
# by:
statistics.fmean(side["peak_memory_bytes"])
