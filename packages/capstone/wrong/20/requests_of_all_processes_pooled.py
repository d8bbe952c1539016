"""All requests are one list, and the processes are lost."""
# cell: per-process
# says: latency_p50 of the requests
# replace:
requests = [BenchmarkResult("request", [times], 1, {}) for times in side["single_stream"]]
# by:
requests = [BenchmarkResult("request", side["single_stream"], 1, {})]
