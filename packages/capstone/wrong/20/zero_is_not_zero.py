"""The quotient is compared, and 0 has none."""
# cell: mismatches
# says: same\(0\.0, 0\.0\)
# function: same
if isinstance(recomputed, int | float):
    return bool(recomputed) and abs(reported / recomputed - 1) <= 1e-9
return bool(reported == recomputed)
