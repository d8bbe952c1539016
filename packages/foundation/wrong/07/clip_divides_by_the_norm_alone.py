"""Divides by the norm alone: 0 / 0 for gradients of 0."""
# cell: clip
# says: the norm of no gradients
# replace:
        factor = max_norm / (total + 1e-6)
# by:
        factor = max_norm / total
