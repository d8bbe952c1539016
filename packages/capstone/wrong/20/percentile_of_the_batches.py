"""The percentile is taken of the batches, where nobody waits."""
# cell: per-process
# says: latency_p90
# replace:
[result.latency(90) for result in requests]
# by:
[result.latency(90) for result in batches]
