"""Only values that are larger than the recomputed ones are refused."""
# cell: mismatches
# says: same\(0.9899, 0.99\)
# replace:
        return math.isclose(reported, recomputed, rel_tol=1e-9)
# by:
        return reported <= recomputed * (1 + 1e-9)
