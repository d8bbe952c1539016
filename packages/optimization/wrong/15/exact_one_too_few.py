"""2^24 itself is a whole number that float32 has."""
# cell: integer-product
# says: exact_type\(1024\)
# replace:
    return np.float32 if terms * 2**14 <= 2**24 else np.float64
# by:
    return np.float32 if terms * 2**14 < 2**24 else np.float64
