"""A ratio, raised to 1 or to -1."""
# cell: improvement
# function: improvement
return (optimized / baseline) ** (1 if METRICS[name].better == "higher" else -1)
