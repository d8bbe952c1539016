"""A dict comprehension over METRICS."""
# cell: side-metrics
# function: side_metrics
values = {**side, **{name: statistics.median(each) for name, each in per_process(side).items()}}
single, offline = ([side[key][scenario] for key in ("correct", "asked")] for scenario in ("single_stream", "offline"))
values["accuracy"] = (sum(single[0]) + sum(offline[0])) / (sum(single[1]) + sum(offline[1]))
values["peak_memory_bytes"] = sorted(side["peak_memory_bytes"])[-1]
values["energy_joules"] = energy(side["flops"], side["bytes_moved"]).joules
return {name: values[name] for name in METRICS}
