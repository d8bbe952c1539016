"""Only the optimized side is looked at."""
# cell: implied
# says: number of comparisons
# replace:
for name, side in values["samples"].items():
# by:
for name, side in [("optimized", values["samples"]["optimized"])]:
