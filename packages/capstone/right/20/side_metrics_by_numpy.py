"""Medians and sums by NumPy."""
# cell: side-metrics
# function: side_metrics
found = {name: float(np.median(values)) for name, values in per_process(side).items()}
right = sum(np.sum(counts) for counts in side["correct"].values())
asked = sum(np.sum(counts) for counts in side["asked"].values())
found["accuracy"] = float(right / asked)
found["peak_memory_bytes"] = int(np.max(side["peak_memory_bytes"]))
for name in ("parameters", "file_bytes", "flops"):
    found[name] = side[name]
found["energy_joules"] = energy(side["flops"], side["bytes_moved"]).joules
return found
