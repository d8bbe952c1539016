"""The two sides change their names where more is better."""
# cell: derive
# function: intervals
def of(name):
    a, b = baseline[name], optimized[name]
    if METRICS[name].better == "higher":
        a, b = b, a
    return [float(end) for end in bootstrap_interval(a, b)]

return dict(zip(TIMED, map(of, TIMED)))
# function: derive
found = {"metrics": {}, "improvements": {}, "intervals": intervals(samples)}
for side in ("baseline", "optimized"):
    found["metrics"][side] = side_metrics(samples[side])
for name in METRICS:
    before, after = (found["metrics"][side][name] for side in ("baseline", "optimized"))
    found["improvements"][name] = improvement(name, before, after)
return found
