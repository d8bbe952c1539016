"""The last factor of the series is left out."""
# cell: gelu
# says: out
# replace:
    out += given.SHARE[-1]

# by:

