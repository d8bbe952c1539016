"""The sum runs to prompt + new, one turn too many."""
# cell: count
# says: places_without\(1, 100\).*5050
# replace:
    return new * prompt + new * (new - 1) // 2
# by:
    return new * prompt + new * (new + 1) // 2
