"""The gradient of -a lacks its minus."""
# cell: arithmetic
# says: neg
# says: sign
# replace:
    return (lambda g: -g,)
# by:
    return (lambda g: g,)
