"""Takes the larger of the two sizes, so that shapes that do not fit pass and 0 is lost."""
# cell: broadcast-shape
# says: broadcast_shape
# replace:
    if any(m != n and 1 not in (m, n) for m, n in zip(a, b, strict=True)):
        raise ValueError(f"shapes {a} and {b} do not fit: each size must be equal or 1")
    return tuple(n if m == 1 else m for m, n in zip(a, b, strict=True))
# by:
    return tuple(max(m, n) for m, n in zip(a, b, strict=True))
