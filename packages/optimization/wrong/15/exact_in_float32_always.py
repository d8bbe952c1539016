"""Long sums are computed in float32."""
# cell: integer-product
# says: exact_type\(1025\)
# replace:
    return np.float32 if terms * 2**14 <= 2**24 else np.float64
# by:
    return np.float32
