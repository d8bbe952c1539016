"""Short sums are computed in float64, which takes twice as long."""
# cell: integer-product
# says: exact_type\(1\)
# replace:
    return np.float32 if terms * 2**14 <= 2**24 else np.float64
# by:
    return np.float64
