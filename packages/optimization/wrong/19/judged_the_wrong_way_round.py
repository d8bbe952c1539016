"""The interval is that of b over a."""
# cell: compare
# says: compare\(a, b\)
# replace:
bootstrap_interval(a.medians, b.medians)

# by:
bootstrap_interval(b.medians, a.medians)

