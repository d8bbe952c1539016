"""An infinite factor on everything divides by 0."""
# cell: amdahl
# says: amdahl_speedup\(1, inf\)
# replace:
    return 1 / left if left else math.inf
# by:
    return 1 / left
