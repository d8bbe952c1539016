"""A new array is returned and `out` is left as it was."""
# cell: gelu
# says: share_below\(x, x \* x, out\) fills out
# replace:
    out *= 0.5
    out += 0.5
# by:
    return out * 0.5 + 0.5
