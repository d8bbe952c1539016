"""The backward pass is added to the forward pass."""
# cell: profiler
# says: calls and FLOPs by operation
# replace:
[f"{r.operation} backward" if r.backward else r.operation]
# by:
[r.operation]
