"""The intervals are those of optimized over baseline for what should be low."""
# cell: derive
# says: interval of latency_p50
# replace:
better == "lower" else
# by:
better == "higher" else
