"""The parameters climb."""
# cell: adam
# says: parameter \d after step 1 of the arena
# replace:
            p.data -= part
# by:
            p.data += part
