"""Each factor is added after the multiplication that belongs to it."""
# cell: gelu
# says: out
# replace:
        out += factor
        out *= square
# by:
        out *= square
        out += factor
