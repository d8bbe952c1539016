"""The first block is given out, whether somebody holds it or not."""
# cell: pool
# says: a view of an array from the pool|given out again while
# replace:
            if block is None:
                block
# by:
            block = blocks[0] if blocks else None
            if block is None:
                block
