"""The difference is compared the other way round, so that nan agrees with everything."""
# cell: mismatches
# says: same\(nan
# function: same
if isinstance(recomputed, int | float):
    return not abs(reported - recomputed) > 1e-9 * abs(recomputed)
return bool(reported == recomputed)
