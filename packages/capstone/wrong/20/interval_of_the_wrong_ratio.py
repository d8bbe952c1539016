"""Every interval is that of baseline over optimized, the throughput's too."""
# cell: derive
# says: interval of throughput
# replace:
*(pair if METRICS[name].better == "lower" else pair[::-1])
# by:
*pair
