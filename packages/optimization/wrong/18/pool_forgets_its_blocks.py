"""A new block is not put into the list."""
# cell: pool
# says: its memory is given out again|pool\.in_use
# replace:
                blocks.append(block)

# by:

