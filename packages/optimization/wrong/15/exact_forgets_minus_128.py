"""The largest product is 128 times 128, not 127 times 127."""
# cell: integer-product
# says: exact_type\(1025\)
# replace:
    return np.float32 if terms * 2**14 <= 2**24 else np.float64
# by:
    return np.float32 if terms * 127**2 <= 2**24 else np.float64
