"""All views begin at the start of the row."""
# cell: adam
# says: arena\.m, filled through its views
# replace:
row[start : start + p.size])
# by:
row[: p.size])
