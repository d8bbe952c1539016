"""Walks both shapes from the right."""
# cell: broadcast-shape
# function: broadcast_shape
result = []
for i in range(1, max(len(a), len(b)) + 1):
    m = a[-i] if i <= len(a) else 1
    n = b[-i] if i <= len(b) else 1
    if m != n and 1 not in (m, n):
        raise ValueError(f"shapes {tuple(a)} and {tuple(b)} cannot be broadcast")
    result.insert(0, n if m == 1 else m)
return tuple(result)
