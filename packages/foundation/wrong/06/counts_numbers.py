"""Counts the numbers of the state, not their bytes."""
# cell: optimizer
# says: state_bytes
# says: 4 times too small|4 bytes
# replace:
        return sum(value.nbytes for value in values if isinstance(value, Tensor))
# by:
        return sum(value.size for value in values if isinstance(value, Tensor))
