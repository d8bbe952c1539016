"""eps is added as if the root were corrected already."""
# cell: adam
# says: out: lr times the direction
# replace:
    out += eps * root
# by:
    out += eps
