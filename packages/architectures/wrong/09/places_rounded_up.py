"""A last step that does not fit is counted: the quotient is rounded up."""
# cell: places
# says: the last column is not reached.*got +4
# replace:
    return (size + 2 * padding - reach) // stride + 1
# by:
    return math.ceil((size + 2 * padding - reach) / stride) + 1
