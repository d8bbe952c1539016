"""The best process stands for all."""
# cell: side-metrics
# says: three processes with 1, 2 and 90 seconds
# replace:
statistics.median(values)
# by:
min(values)
