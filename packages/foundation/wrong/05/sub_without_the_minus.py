"""The gradient of a - b by b lacks its minus."""
# cell: arithmetic
# says: sub, input 1
# says: sign
# replace:
    return lambda g: g, lambda g: -g

# by:
    return lambda g: g, lambda g: g

