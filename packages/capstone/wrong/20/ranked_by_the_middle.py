"""The middle of the intervals decides, and with it the noise."""
# cell: ranks
# says: ranks of A, B, C and D
# replace:
    return [1 + sum(low > high for low, _ in intervals) for _, high in intervals]
# by:
    return [1 + sum(a + b > low + high for a, b in intervals) for low, high in intervals]
