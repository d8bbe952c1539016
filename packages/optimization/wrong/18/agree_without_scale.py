"""Large numbers must agree as closely as small ones."""
# cell: check
# says: check|agree
# replace:
    most = TOLERANCE * max(1.0, float(np.abs(want[np.isfinite(want)]).max(initial=0)))
# by:
    most = TOLERANCE * 1e-3
