"""Memory, operations and energy count as if more were better."""
# cell: improvement
# says: lower is better
# function: improvement
if name in ("latency_p50", "latency_p90", "parameters", "file_bytes"):
    return baseline / optimized
return optimized / baseline
