"""Copies where a view would do."""
# cell: views
# says: shares the memory
# replace:
    return a.reshape(shape)
# by:
    return a.reshape(shape).copy()
