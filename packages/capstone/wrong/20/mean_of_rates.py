"""The mean of the batches' rates: fast batches count as much as the slow ones that take longer."""
# cell: per-process
# says: throughput of batches of 6 items
# replace:
[result.throughput for result in batches]
# by:
[statistics.fmean(side["offline_items"] / t for t in times) for times in side["offline"]]
