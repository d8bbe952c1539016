"""An absolute tolerance: every energy is the same as every other."""
# cell: mismatches
# says: same\(2e-07, 1e-07\)
# replace:
rel_tol=1e-9
# by:
rel_tol=0, abs_tol=1e-6
