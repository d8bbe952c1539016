"""Takes min(1, nan), which is 1: a gradient of nan leaves the others as they were."""
# cell: clip
# says: the gradient .nan, 1. afterwards
# replace:
        factor = max_norm / (total + 1e-6)
# by:
        factor = min(1.0, max_norm / (total + 1e-6))
# replace:
        if not factor >= 1:  # so that a factor of nan passes, too
# by:
        if factor < 1:
