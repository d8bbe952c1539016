"""NumPy's percentile of the inverted CDF."""
# cell: per-process
# function: per_process
single = [np.percentile(times, [50, 90], method="inverted_cdf").tolist() for times in side["single_stream"]]
rates = [float(side["offline_items"] / np.mean(times)) for times in side["offline"]]
return {"latency_p50": [p50 for p50, _ in single], "latency_p90": [p90 for _, p90 in single], "throughput": rates}
