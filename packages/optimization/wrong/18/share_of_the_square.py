"""The last factor is x squared instead of x."""
# cell: gelu
# says: out
# replace:
    out *= x

# by:
    out *= square

