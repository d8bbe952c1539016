"""Percentiles between two measured values."""
# cell: result
# says: p50 of 1, 2
# replace:
values[max(0, math.ceil(percent * len(values) / 100) - 1)]
# by:
float(np.quantile(values, percent / 100))
