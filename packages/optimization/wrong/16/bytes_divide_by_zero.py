"""A weight of zeros has the scale 0."""
# cell: storage
# says: to_bytes of zeros
# replace:
    scale = float(abs(values).max(initial=0)) / 127 or 1.0
# by:
    scale = float(abs(values).max(initial=0)) / 127
