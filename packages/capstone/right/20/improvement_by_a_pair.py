"""The better way around is looked up."""
# cell: improvement
# function: improvement
above, below = {"lower": (baseline, optimized), "higher": (optimized, baseline)}[METRICS[name].better]
return above / below
