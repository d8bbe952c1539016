"""Strings that read as numbers are compared as numbers."""
# cell: mismatches
# says: same\('
# function: same
try:
    return math.isclose(float(reported), float(recomputed), rel_tol=1e-9)
except ValueError:
    return bool(reported == recomputed)
