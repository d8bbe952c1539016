"""Negative numbers may be larger than the largest one."""
# cell: storage
# says: to_bytes\(\[0\.5, -2
# replace:
    scale = float(abs(values).max(initial=0)) / 127 or 1.0
# by:
    scale = float(values.max(initial=0)) / 127 or 1.0
