"""All in one expression."""
# cell: derive
# function: intervals
turned = {"lower": 1, "higher": -1}
return {n: [*bootstrap_interval(*(baseline[n], optimized[n])[:: turned[METRICS[n].better]])] for n in TIMED}
# function: derive
metrics = {side: side_metrics(measured) for side, measured in samples.items()}
return dict(
    metrics=metrics,
    improvements={n: improvement(n, *(metrics[side][n] for side in ("baseline", "optimized"))) for n in METRICS},
    intervals=intervals(samples),
)
