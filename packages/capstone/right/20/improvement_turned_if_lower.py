"""The ratio of a metric that should be high, turned around for the others."""
# cell: improvement
# function: improvement
ratio = optimized / baseline
return ratio if METRICS[name].better == "higher" else 1 / ratio
