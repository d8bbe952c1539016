"""The direction is not looked at: more throughput counts as worse."""
# cell: improvement
# says: improvement\("throughput", 100.0, 250.0\)
# replace:
    if METRICS[name].better == "lower":
        return baseline / optimized
    return optimized / baseline
# by:
    return baseline / optimized
