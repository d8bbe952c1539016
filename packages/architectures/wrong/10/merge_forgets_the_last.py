"""The loop stops before the last id."""
# cell: merge
# says: merge\(
# replace:
    while i < len(ids):
# by:
    while i < len(ids) - 1:
