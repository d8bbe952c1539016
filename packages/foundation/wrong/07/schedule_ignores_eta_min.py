"""Adds eta_min on top: the rate starts too high."""
# cell: cosine
# says: cosine_rate\(0\.5, 0
# replace:
    return eta_min + (base - eta_min) *
# by:
    return eta_min + base *
