"""The averages' start at zero is not corrected."""
# cell: adam
# says: out: lr times the direction
# replace:
    out *= lr * root / c1
# by:
    out *= lr
