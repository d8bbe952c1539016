"""Of an embedding the whole table is counted, not the rows that are taken."""
# cell: bytes-of
# says: three rows
# replace:
        read[0] = min(read[0], written)

# by:

