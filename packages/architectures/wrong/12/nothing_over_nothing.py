"""A row without an allowed key is divided by 0."""
# cell: one-operation
# says: nan|divide|invalid
# replace:
    sums[sums == 0] = 1

# by:

