"""The clock is started once: each block holds all before it."""
# cell: blocks
# says: time_blocks\(blocks=3, steps=2\)
# replace:
    for _ in range(blocks):
        start = clock()

# by:
    start = clock()
    for _ in range(blocks):

