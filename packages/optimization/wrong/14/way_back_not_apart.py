"""The way back is added to the way forward."""
# cell: profiler
# says: calls and FLOPs by operation
# replace:
[f"{r.name} backward" if r.backward else r.name]
# by:
[r.name]
