"""What was not improved is forgotten."""
# cell: amdahl
# says: amdahl_speedup\(
# replace:
    left = 1 - share + share / factor
# by:
    left = share / factor
