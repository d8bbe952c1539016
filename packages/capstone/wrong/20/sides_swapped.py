"""The improvement of the baseline over the optimized model."""
# cell: derive
# says: improvements, a quarter of the time|contains the improvement
# replace:
improvement(name, baseline[name], optimized[name])
# by:
improvement(name, optimized[name], baseline[name])
