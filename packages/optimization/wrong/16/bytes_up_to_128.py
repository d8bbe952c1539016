"""The largest would become 128, which a byte with a sign does not have."""
# cell: storage
# says: the largest becomes 127
# replace:
    scale = float(abs(values).max(initial=0)) / 127 or 1.0
# by:
    scale = float(abs(values).max(initial=0)) / 128 or 1.0
