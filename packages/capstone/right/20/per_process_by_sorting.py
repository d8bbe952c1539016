"""Percentiles by sorting, throughput by sums."""
# cell: per-process
# function: per_process
def percentile(times, percent):
    return sorted(times)[max(0, math.ceil(percent * len(times) / 100) - 1)]

found = {f"latency_p{p}": [percentile(times, p) for times in side["single_stream"]] for p in (50, 90)}
found["throughput"] = [side["offline_items"] * len(times) / sum(times) for times in side["offline"]]
return found
