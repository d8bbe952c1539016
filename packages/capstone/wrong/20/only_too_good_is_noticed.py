"""Only values that are larger than what follows are refused."""
# cell: mismatches
# says: same\(0.9899, 0.99\)
# replace:
        return math.isclose(stands, follows, rel_tol=1e-9)
# by:
        return stands <= follows * (1 + 1e-9)
