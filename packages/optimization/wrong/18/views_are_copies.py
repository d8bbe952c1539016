"""The views are copies."""
# cell: adam
# says: arena\.m, filled through its views
# replace:
row[start : start + p.size])
# by:
row[start : start + p.size].copy())
