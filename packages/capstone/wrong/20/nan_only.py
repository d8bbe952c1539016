"""Only NaN is refused, and infinity passes."""
# cell: strict
# says: Infinity|1e999
# replace:
if not math.isfinite(value):
# by:
if math.isnan(value):
