"""The rows of the table are left out of the count, as if only one were multiplied."""
# cell: one-hot
# says: one_hot_multiply_adds\(2, 5, 3\).*off by a factor|one_hot_multiply_adds\(2, 5, 3\).*wanted +30
# replace:
    return n * rows * d
# by:
    return n * d
