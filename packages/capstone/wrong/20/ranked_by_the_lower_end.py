"""An entry falls as soon as another has a better lower end."""
# cell: ranks
# says: ranks of A, B, C and D
# replace:
    return [1 + sum(low > high for low, _ in intervals) for _, high in intervals]
# by:
    return [1 + sum(other > low for other, _ in intervals) for low, _ in intervals]
