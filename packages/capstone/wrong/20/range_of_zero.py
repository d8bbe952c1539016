"""One point alone is divided by a range of 0."""
# cell: scatter
# says: one point|ZeroDivisionError|division by zero
# replace:
(max(xs) - min(xs) or 1)
# by:
(max(xs) - min(xs))
