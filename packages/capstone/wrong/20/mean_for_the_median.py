"""The mean of the requests in place of their median."""
# cell: per-process
# says: latency_p50 of the requests
# replace:
[result.latency(50) for result in requests]
# by:
[statistics.fmean(times) for times in side["single_stream"]]
