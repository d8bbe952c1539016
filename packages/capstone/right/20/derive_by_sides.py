"""Each part in a loop."""
# cell: derive
# function: intervals
found = {}
for name in TIMED:
    if METRICS[name].better == "lower":
        low, high = bootstrap_interval(baseline[name], optimized[name])
    else:
        low, high = bootstrap_interval(optimized[name], baseline[name])
    found[name] = [low, high]
return found
# function: derive
before, after = side_metrics(samples["baseline"]), side_metrics(samples["optimized"])
improvements = {}
for name in before:
    improvements[name] = improvement(name, before[name], after[name])
return {
    "intervals": intervals(samples),
    "metrics": {"optimized": after, "baseline": before},
    "improvements": improvements,
}
