"""The ratio alone is judged: a single number has no width."""
# cell: compare
# says: cannot tell|verdicts on identical code|its verdict
# replace:
verdict(low, high))
# by:
verdict(ratio_of_medians(a.medians, b.medians), ratio_of_medians(a.medians, b.medians)))
