"""One process after the other."""
# cell: per-process
# function: per_process
found = {name: [] for name in TIMED}
for single, batches in zip(side["single_stream"], side["offline"]):
    result = BenchmarkResult("request", [single], 1, {})
    found["latency_p50"].append(result.p50)
    found["latency_p90"].append(result.latency(90))
    found["throughput"].append(BenchmarkResult("batch", [batches], side["offline_items"], {}).throughput)
return found
