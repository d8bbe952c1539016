"""The fraction that was saved, not how many times better."""
# cell: improvement
# says: improvement\("latency_p90"
# replace:
        return baseline / optimized
    return optimized / baseline
# by:
        return (baseline - optimized) / baseline
    return (optimized - baseline) / baseline
