"""What is written is not counted."""
# cell: bytes-of
# says: bytes_of\("linear"
# replace:
    return sum(read) + written
# by:
    return sum(read)
