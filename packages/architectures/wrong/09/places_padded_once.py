"""The padding is counted on one side only."""
# cell: places
# says: both sides are padded
# says: got +31
# replace:
    if reach > size + 2 * padding:
# by:
    if reach > size + padding:
# replace:
    return (size + 2 * padding - reach) // stride + 1
# by:
    return (size + padding - reach) // stride + 1
