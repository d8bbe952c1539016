"""Right answers counted one process after the other."""
# cell: side-metrics
# function: side_metrics
right = asked = 0
for scenario in side["asked"]:
    for process, count in enumerate(side["asked"][scenario]):
        asked += count
        right += side["correct"][scenario][process]
found = dict(side)
for name in TIMED:
    found[name] = statistics.median(per_process(side)[name])
found.update(accuracy=right / asked, peak_memory_bytes=max(*side["peak_memory_bytes"], 0))
found.update(energy_joules=energy(flops=side["flops"], moved=side["bytes_moved"]).joules)
return {name: value for name, value in found.items() if name in METRICS}
