"""The two directions are swapped: above 1 is worse."""
# cell: improvement
# says: improvement\("latency_p90", 0.004, 0.001\)
# replace:
better == "lower"
# by:
better == "higher"
