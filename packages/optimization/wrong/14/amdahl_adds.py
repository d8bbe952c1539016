"""Shares and factors are averaged: the speed-ups are weighted, not the times."""
# cell: amdahl
# says: amdahl_speedup\(
# replace:
    left = 1 - share + share / factor
    return 1 / left if left else math.inf
# by:
    return 1 - share + share * factor
