"""Every trip makes a new array."""
# cell: gelu
# says: share_below makes no new array
# replace:
    for factor in given.SHARE[1:-1]:
        out += factor
        out *= square
# by:
    for factor in given.SHARE[1:-1]:
        out[...] = (out + factor) * square
