"""A tolerance of one percent: a forger takes it."""
# cell: mismatches
# says: same\(0.9899, 0.99\)|same\(1.0, 1.00001\)
# replace:
rel_tol=1e-9
# by:
rel_tol=1e-2
