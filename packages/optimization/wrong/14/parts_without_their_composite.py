"""Parts are counted under their own names, whatever they are a part of."""
# cell: profiler
# says: calls and FLOPs by operation
# replace:
[f"{r.operation} backward" if r.backward else r.operation]
# by:
[f"{r.name} backward" if r.backward else r.name]
