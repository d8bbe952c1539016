"""Numbers must agree to the last bit, as they do on one machine alone."""
# cell: mismatches
# says: same\(0.3000
# replace:
math.isclose(reported, recomputed, rel_tol=1e-9)
# by:
reported == recomputed
