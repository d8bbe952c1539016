"""The interval that lies below all others is first."""
# cell: ranks
# says: ranks of A, B, C and D
# replace:
    return [1 + sum(low > high for low, _ in intervals) for _, high in intervals]
# by:
    return [1 + sum(high < low for _, high in intervals) for low, _ in intervals]
