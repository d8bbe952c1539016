"""Takes min(1, nan), which is 1: a gradient of nan leaves the others as they were."""
# cell: clip
# says: the gradient .* nan|nan, 1
# replace:
        factor = max_norm / (total + 1e-6)
# by:
        factor = min(1.0, max_norm / (total + 1e-6))
# replace:
        if not factor >= 1:  # true for a factor of nan, too
# by:
        if factor < 1:
