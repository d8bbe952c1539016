"""Only the three words are refused; 1e999 becomes infinite and passes."""
# cell: strict
# says: 1e999
# replace:
if not math.isfinite(value):
# by:
if text in ("NaN", "Infinity", "-Infinity"):
