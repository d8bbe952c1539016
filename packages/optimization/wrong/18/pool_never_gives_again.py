"""A new block is made at every call."""
# cell: pool
# says: its memory is given out again
# replace:
            if block is None:
                block
# by:
            if True:
                block
